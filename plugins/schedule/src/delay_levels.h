// delay_levels: how long a message of each level waits, from a text like "1s 5s 10m 2h".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "stanchion/sdk/status.h"

namespace stn::schedule {

inline constexpr size_t k_levels_max = 64;  // one bit each in the mask of levels to look at

// Milliseconds of level 1, 2, ... STN_E_INVALID: no level, more than k_levels_max, or an item that is not a whole
// number with s, m, h or d behind it. [any]
result<std::vector<int64_t>> parse_delay_levels(std::string_view text);

// The queue of the delay topic that holds a level, and back. Frozen: this is how stores on disk are laid out.
constexpr int32_t queue_of_level(int32_t level) { return level - 1; }
constexpr int32_t level_of_queue(int32_t queue) { return queue + 1; }

}  // namespace stn::schedule
