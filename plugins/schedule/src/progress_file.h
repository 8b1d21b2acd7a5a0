// progress_file: how far each level has been delivered, in the format of config/delayOffset.json. [any]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "level_queue.h"
#include "stanchion/sdk/status.h"

namespace stn::schedule {

// Text of the file.
std::string progress_text(const std::vector<level_progress> &all);
// STN_E_CORRUPT: not such a file. Levels and offsets below their range are left out.
status parse_progress(std::string_view text, std::vector<level_progress> *out);

}  // namespace stn::schedule
