// queue_entry.h - 20 bytes of a consume queue (docs/store-format.md, "Consume queue"). Frozen. [any]
#pragma once

#include <cstdint>
#include <limits>

#include "stanchion/protocol/bytes.h"

namespace stn::store_mmap {

inline constexpr size_t k_entry_size = 20;
// Fills the slots before the first message of a queue that does not start at a file's first slot.
inline constexpr uint32_t k_filler_size = std::numeric_limits<int32_t>::max();

struct queue_entry {
  int64_t phys;
  uint32_t size;
  int64_t tag;

  bool is_filler() const { return size == k_filler_size; }
};

inline queue_entry load_entry(const uint8_t *raw) {
  const char *p = reinterpret_cast<const char *>(raw);
  return {protocol::load_i64(p), protocol::load_u32(p + 8), protocol::load_i64(p + 12)};
}

inline void store_entry(uint8_t *raw, const queue_entry &e) {
  char *p = reinterpret_cast<char *>(raw);
  protocol::store_i64(p, e.phys);
  protocol::store_u32(p + 8, e.size);
  protocol::store_i64(p + 12, e.tag);
}

}  // namespace stn::store_mmap
