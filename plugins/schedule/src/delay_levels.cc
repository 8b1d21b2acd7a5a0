#include "delay_levels.h"

#include <string>

#include "stanchion/protocol/bytes.h"

namespace stn::schedule {

namespace {

constexpr int64_t k_second_ms = 1000;
constexpr int64_t k_days_max = 36500;

int64_t unit_ms(char unit) {
  switch (unit) {
    case 's':
      return k_second_ms;
    case 'm':
      return 60 * k_second_ms;
    case 'h':
      return 3600 * k_second_ms;
    case 'd':
      return 86400 * k_second_ms;
    default:
      return 0;
  }
}

// -1: not a delay.
int64_t delay_ms(std::string_view item) {
  const int64_t unit = unit_ms(item.back());
  int64_t count = 0;
  if (unit == 0 || !protocol::parse_int(item.substr(0, item.size() - 1), &count)) return -1;
  return count >= 0 && count <= k_days_max * unit_ms('d') / unit ? count * unit : -1;
}

}  // namespace

result<std::vector<int64_t>> parse_delay_levels(std::string_view text) {
  std::vector<int64_t> levels;
  while (!text.empty()) {
    const size_t end = text.find(' ');
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (item.empty()) continue;
    const int64_t ms = delay_ms(item);
    if (ms < 0) {
      return status(STN_E_INVALID, "delay_levels: \"" + std::string(item) +
                                       "\" is not a number with s, m, h or d behind it");
    }
    levels.push_back(ms);
  }
  if (levels.empty() || levels.size() > k_levels_max) {
    return status(STN_E_INVALID,
                  "delay_levels: 1 to " + std::to_string(k_levels_max) + " levels are needed");
  }
  return levels;
}

}  // namespace stn::schedule
