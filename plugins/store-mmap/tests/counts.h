// counts.h - how much a long test does: as the environment says, else the usual number. ThreadSanitizer makes everything
// ten times as slow and looks for races, which any part of a trace has: it gets a number of its own.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace stn::store_mmap::testing {

inline uint64_t count_of(const char *variable, uint64_t usual, [[maybe_unused]] uint64_t for_tsan) {
  const char *text = std::getenv(variable);
  if (text != nullptr) return std::strtoull(text, nullptr, 10);
#ifdef __SANITIZE_THREAD__
  return for_tsan;
#else
  return usual;
#endif
}

}  // namespace stn::store_mmap::testing
