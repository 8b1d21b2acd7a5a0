// stanchion/protocol/consume_queue.h - one entry of a consume queue: int64 position, int32 size, int64 tag hash.
//
// 20 bytes, big-endian, frozen (docs/wire.md). [any]
#pragma once

#include <cstddef>
#include <cstdint>

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {

inline constexpr size_t k_queue_entry_size = 20;
inline constexpr size_t k_queue_file_entries = 300000;

struct queue_entry {
  int64_t phys = 0;
  int32_t size = 0;
  int64_t tag_hash = 0;  // delay queues: time of delivery in ms

  // Fills the slots before the first entry of a queue that does not begin at 0.
  constexpr bool is_filler() const { return phys == 0 && size == INT32_MAX && tag_hash == 0; }
};
inline constexpr queue_entry k_queue_filler{0, INT32_MAX, 0};

inline void write_queue_entry(const queue_entry &e, char *to) {
  store_i64(to, e.phys);
  store_i32(to + 8, e.size);
  store_i64(to + 12, e.tag_hash);
}

inline queue_entry read_queue_entry(const char *from) {
  return {load_i64(from), load_i32(from + 8), load_i64(from + 12)};
}

}  // namespace stn::protocol
