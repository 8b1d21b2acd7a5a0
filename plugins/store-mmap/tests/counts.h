// counts.h - how much a long test does: as the environment says, else the usual number. ThreadSanitizer makes everything
// ten times as slow and looks for races, which any part of a trace has: it gets a number of its own.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace stn::store_mmap::testing {

#ifdef __SANITIZE_THREAD__
inline constexpr bool k_is_slow = true;
#else
inline constexpr bool k_is_slow = false;
#endif

inline uint64_t count_of(const char *variable, uint64_t usual, uint64_t when_slow) {
  const char *text = std::getenv(variable);
  if (text != nullptr) return std::strtoull(text, nullptr, 10);
  return k_is_slow ? when_slow : usual;
}

}  // namespace stn::store_mmap::testing
