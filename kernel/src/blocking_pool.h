// blocking_pool.h - the executor for work that waits: a fixed set of threads behind a bounded queue.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "exec.h"

namespace stn::kernel {

class blocking_pool {
 public:
  blocking_pool(uint32_t threads, uint32_t queue);
  blocking_pool(const blocking_pool &) = delete;
  ~blocking_pool();  // runs what is queued

  executor *handle() { return &handle_; }

  // Takes all n or none (STN_E_BUSY, STN_E_CLOSED). [any]
  stn_status post(const stn_task *v, uint32_t n);
  // Waits until nothing is queued or running; false at the deadline. [ctrl]
  bool wait_idle(uint64_t deadline_ns);

 private:
  void run() noexcept;

  executor handle_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable work_;
  std::condition_variable idle_;
  std::vector<stn_task> ring_;
  size_t head_ = 0;
  size_t size_ = 0;
  uint32_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace stn::kernel
