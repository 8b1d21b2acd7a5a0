// stanchion/protocol/bytes.h - big-endian integers and decimal text.
//
// Loads and stores work at any alignment; the caller has checked that the bytes are there. [any]
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace stn::protocol {

inline uint16_t load_u16(const char *p) {
  uint16_t v;
  std::memcpy(&v, p, sizeof(v));
  return __builtin_bswap16(v);
}
inline uint32_t load_u32(const char *p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof(v));
  return __builtin_bswap32(v);
}
inline uint64_t load_u64(const char *p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof(v));
  return __builtin_bswap64(v);
}
inline int16_t load_i16(const char *p) { return static_cast<int16_t>(load_u16(p)); }
inline int32_t load_i32(const char *p) { return static_cast<int32_t>(load_u32(p)); }
inline int64_t load_i64(const char *p) { return static_cast<int64_t>(load_u64(p)); }

inline void store_u16(char *p, uint16_t v) {
  v = __builtin_bswap16(v);
  std::memcpy(p, &v, sizeof(v));
}
inline void store_u32(char *p, uint32_t v) {
  v = __builtin_bswap32(v);
  std::memcpy(p, &v, sizeof(v));
}
inline void store_u64(char *p, uint64_t v) {
  v = __builtin_bswap64(v);
  std::memcpy(p, &v, sizeof(v));
}
inline void store_i16(char *p, int16_t v) { store_u16(p, static_cast<uint16_t>(v)); }
inline void store_i32(char *p, int32_t v) { store_u32(p, static_cast<uint32_t>(v)); }
inline void store_i64(char *p, int64_t v) { store_u64(p, static_cast<uint64_t>(v)); }

// a == b without a call for texts of up to 32 bytes, which is what names on the wire are.
inline bool same_text(std::string_view a, std::string_view b) {
  const size_t n = a.size();
  if (n != b.size()) return false;
  const char *x = a.data();
  const char *y = b.data();
  const auto differ = [&]<class Word>(Word, size_t at) {
    Word v, w;
    std::memcpy(&v, x + at, sizeof(Word));
    std::memcpy(&w, y + at, sizeof(Word));
    return v ^ w;
  };
  if (n > 32) return std::memcmp(x, y, n) == 0;
  if (n >= 16) {
    return (differ(uint64_t{}, 0) | differ(uint64_t{}, 8) | differ(uint64_t{}, n - 16) |
            differ(uint64_t{}, n - 8)) == 0;
  }
  if (n >= 8) return (differ(uint64_t{}, 0) | differ(uint64_t{}, n - 8)) == 0;
  if (n >= 4) return (differ(uint32_t{}, 0) | differ(uint32_t{}, n - 4)) == 0;
  for (size_t i = 0; i < n; ++i) {
    if (x[i] != y[i]) return false;
  }
  return true;
}

// Whole text as a decimal integer, as Java's parseInt/parseLong read it: an optional sign (+ too), digits, nothing else.
// At most 19 digits. False, with *out untouched, for anything else or a value outside the type.
template <class T>
bool parse_int(std::string_view text, T *out) {
  const bool negative = !text.empty() && text[0] == '-';
  const bool sign = negative || (!text.empty() && text[0] == '+');
  const std::string_view digits = text.substr(sign ? 1 : 0);
  if (digits.empty() || digits.size() > 19) return false;
  uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  // 19 digits do not overflow 64 bits. Of a signed type the least value is one further from zero than the greatest.
  constexpr auto k_max = static_cast<uint64_t>(std::numeric_limits<T>::max());
  const uint64_t limit = !negative ? k_max : std::numeric_limits<T>::min() < 0 ? k_max + 1 : 0;
  if (value > limit) return false;
  *out = static_cast<T>(negative ? 0 - value : value);
  return true;
}

// Most bytes that format_int writes for a 64-bit value.
inline constexpr size_t k_int_text_max = 20;

// Decimal text of v at `to`, which has room for k_int_text_max bytes; returns the end.
inline char *format_int(char *to, int64_t v) {
  return std::to_chars(to, to + k_int_text_max, v).ptr;
}

}  // namespace stn::protocol
