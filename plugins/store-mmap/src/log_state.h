// log_state.h - the positions and flags that writer, flusher, readers and the background work share.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "stanchion/abi.h"

namespace stn::store_mmap {

struct log_state {
  std::atomic<int64_t> end{0};      // behind the last record
  std::atomic<int64_t> durable{0};  // bytes before are on the disk
  std::atomic<int64_t> trusted{0};  // records from here on were written or checked by this run
  std::atomic<int64_t> entries{
      0};  // sum of the queues' next offsets, changed under the append lock
  std::atomic<int64_t> last_store_ms{0};
  std::atomic<int32_t> refusing{
      0};                // STN_E_IO, STN_E_NO_SPACE or STN_E_CLOSED: why appends are refused
  std::mutex append_mu;  // the writer section

  // The disk is full: appends are refused until space_keeper finds room.
  void fill() {
    int32_t open = STN_OK;
    refusing.compare_exchange_strong(open, STN_E_NO_SPACE, std::memory_order_acq_rel);
  }
  // The first failure of the device is final. Returns true for the one that turns the store read-only.
  bool fail() { return refusing.exchange(STN_E_IO, std::memory_order_acq_rel) != STN_E_IO; }
};

}  // namespace stn::store_mmap
