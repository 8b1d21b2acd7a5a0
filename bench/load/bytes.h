// Clocks, big-endian numbers and fixed-width digits. Pure functions; `die` ends the process.
#pragma once

#include <time.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace rmqload {

using std::string;
using std::string_view;
using u64 = uint64_t;
using i64 = int64_t;
using u32 = uint32_t;
using u16 = uint16_t;
using u8 = uint8_t;

inline u64 mono_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}
inline u64 wall_ns() {
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}
inline void put32(char *p, u32 v) {
  v = __builtin_bswap32(v);
  memcpy(p, &v, 4);
}
inline u32 get32(const char *p) {
  u32 v;
  memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}
inline u64 get64(const char *p) {
  u64 v;
  memcpy(&v, p, 8);
  return __builtin_bswap64(v);
}
inline u16 get16(const char *p) {
  u16 v;
  memcpy(&v, p, 2);
  return __builtin_bswap16(v);
}

inline char g_d2[200];
inline const char g_hex[] = "0123456789ABCDEF";
inline void init_tables() {
  for (int i = 0; i < 100; i++) {
    g_d2[2 * i] = '0' + i / 10;
    g_d2[2 * i + 1] = '0' + i % 10;
  }
}
inline void put_dec10(char *p, u32 v) {  // exactly ten digits
  for (int i = 8; i >= 0; i -= 2) {
    u32 q = v / 100, r = v - q * 100;
    memcpy(p + i, g_d2 + 2 * r, 2);
    v = q;
  }
}
inline void put_dec13(char *p, u64 v) {
  for (int i = 12; i >= 0; i--) {
    p[i] = '0' + v % 10;
    v /= 10;
  }
}
inline void put_hex16(char *p, u64 v) {
  for (int i = 15; i >= 0; i--) {
    p[i] = g_hex[v & 15];
    v >>= 4;
  }
}
[[noreturn]] inline void die(const string &m) {
  fprintf(stderr, "rmqload: %s\n", m.c_str());
  exit(2);
}

}  // namespace rmqload
