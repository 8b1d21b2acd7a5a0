// log_ahead.h - works ahead of the writer: the next file exists and the next pages are present before they are needed.
//
// Copying into a fresh file mapping costs several times what copying into present pages costs, so a thread keeps a
// bounded window populated from the first append on: often and little by little, so that nobody waits long for the CPU or
// the address space. The next file is made when the writer is in the middle of one, far from any roll. kick() is what
// the append path pays: two relaxed loads. [any]
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "log_state.h"
#include "segment_set.h"

namespace stn::store_mmap {

class log_ahead {
 public:
  log_ahead(segment_set &segments, const settings &s, log_state &state);
  ~log_ahead();

  // on_failure: a file could not be made ahead; the writer will meet the failure itself.
  void start(std::function<void(const status &)> on_failure);
  void stop();
  void kick() {
    int64_t end = state_.end.load(std::memory_order_relaxed);
    if (end + window_ - refill_ <= populated_.load(std::memory_order_relaxed)) return;
    if (!asked_.exchange(true, std::memory_order_relaxed)) wake();
  }

  // Pages before this position are present.
  int64_t populated() const { return populated_.load(std::memory_order_relaxed); }

 private:
  void wake();
  void run();
  void work();
  void populate_to(int64_t target);

  segment_set &segments_;
  log_state &state_;
  const int64_t window_;
  const int64_t refill_;  // so much is used up before the thread is woken
  const int64_t room_;    // so far ahead of the writer there is a file
  const int64_t start_window_;
  int64_t started_at_ = 0;
  std::function<void(const status &)> on_failure_;
  bool failed_ = false;
  std::atomic<int64_t> populated_{0};
  std::atomic<bool> asked_{false};
  std::mutex mu_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace stn::store_mmap
