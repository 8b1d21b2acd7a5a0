#include "stanchion/protocol/java_string.h"

namespace stn::protocol {
namespace {

constexpr uint32_t k_replacement = 0xfffd;

// One code point from the front of *text; a byte that begins no well-formed sequence counts as U+FFFD.
uint32_t take_code_point(std::string_view *text) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>((*text)[i]));
  };
  const uint32_t lead = byte(0);
  size_t n = 1;
  uint32_t c = lead;
  uint32_t least = 0;
  if (lead >= 0xc2 && lead < 0xe0) {
    n = 2, c = lead & 0x1f, least = 0x80;
  } else if (lead >= 0xe0 && lead < 0xf0) {
    n = 3, c = lead & 0x0f, least = 0x800;
  } else if (lead >= 0xf0 && lead < 0xf5) {
    n = 4, c = lead & 0x07, least = 0x10000;
  } else if (lead >= 0x80) {
    c = k_replacement;
  }
  bool legal = n <= text->size();
  for (size_t i = 1; legal && i < n; ++i) {
    legal = (byte(i) & 0xc0) == 0x80;
    c = c << 6 | (byte(i) & 0x3f);
  }
  const bool surrogate = c >= 0xd800 && c < 0xe000;
  if (!legal || c < least || surrogate || c > 0x10ffff) {
    text->remove_prefix(1);
    return k_replacement;
  }
  text->remove_prefix(n);
  return c;
}

}  // namespace

int32_t java_hash(std::string_view utf8) {
  uint32_t h = 0;
  while (!utf8.empty()) {
    const auto first = static_cast<unsigned char>(utf8.front());
    if (first < 0x80) {
      h = 31 * h + first;
      utf8.remove_prefix(1);
      continue;
    }
    const uint32_t c = take_code_point(&utf8);
    if (c >= 0x10000) {
      h = 31 * h + (0xd800 + ((c - 0x10000) >> 10));
      h = 31 * h + (0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
      h = 31 * h + c;
    }
  }
  return static_cast<int32_t>(h);
}

size_t java_length(std::string_view utf8) {
  size_t n = 0;
  while (!utf8.empty()) n += take_code_point(&utf8) >= 0x10000 ? 2 : 1;
  return n;
}

}  // namespace stn::protocol
