#include "settings.h"

#include <sstream>

#include "stanchion/protocol/bytes.h"

namespace stn::store_mmap {

bool parse_delay_levels(const std::string &text, std::vector<int64_t> *out) {
  std::istringstream words(text);
  std::string word;
  out->clear();
  while (words >> word) {
    int64_t unit = 0;
    switch (word.back()) {
      case 's':
        unit = 1000;
        break;
      case 'm':
        unit = 60 * 1000;
        break;
      case 'h':
        unit = 3600 * 1000;
        break;
      case 'd':
        unit = 24 * 3600 * 1000;
        break;
      default:
        return false;
    }
    word.pop_back();
    int64_t number = 0;
    if (!protocol::parse_int(std::string_view(word), &number) || number < 0) return false;
    out->push_back(number * unit);
  }
  return true;
}

}  // namespace stn::store_mmap
