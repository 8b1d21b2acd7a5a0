// stanchion/protocol/bytes.h - big-endian integers and decimal text.
//
// Loads and stores work at any alignment; the caller has checked that the bytes are there. [any]
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

// Whole text as a decimal integer, as Java's parseInt/parseLong read it: an optional sign (+ too), digits, nothing else.
// False, with *out untouched, for anything else or a value outside the type.
template <class T>
bool parse_int(std::string_view text, T *out) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T value{};
  const char *end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || text.empty()) return false;
  *out = value;
  return true;
}

// Most bytes that format_int writes for a 64-bit value.
inline constexpr size_t k_int_text_max = 20;

// Decimal text of v at `to`, which has room for k_int_text_max bytes; returns the end.
inline char *format_int(char *to, int64_t v) {
  return std::to_chars(to, to + k_int_text_max, v).ptr;
}

}  // namespace stn::protocol
