// offset_file: the offset table as text: config/consumerOffset.json, and the body of request 43. [any]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "offset_table.h"
#include "stanchion/sdk/status.h"

namespace stn::broker_offsets {

std::string file_text(const std::vector<topic_offsets> &all);
std::string wire_text(const std::vector<topic_offsets> &all);

// Commits what the text says to the table. STN_E_CORRUPT: not such a file, the table is untouched. Keys that are not
// "topic@group" are left out.
status read_file_text(std::string_view text, offset_table *to);

}  // namespace stn::broker_offsets
