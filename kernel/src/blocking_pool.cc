#include "blocking_pool.h"

#include <chrono>

namespace stn::kernel {

blocking_pool::blocking_pool(uint32_t threads, uint32_t queue) : ring_(queue) {
  handle_.pool = this;
  for (uint32_t i = 0; i < threads; i++) {
    threads_.push_back(start_thread("stn-block-" + std::to_string(i), [this] { run(); }));
  }
}

blocking_pool::~blocking_pool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (auto &t : threads_) t.join();
}

stn_status blocking_pool::post(const stn_task *v, uint32_t n) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return STN_E_CLOSED;
    if (n > ring_.size() - size_) return STN_E_BUSY;
    for (uint32_t i = 0; i < n; i++) ring_[(head_ + size_++) % ring_.size()] = v[i];
  }
  if (n == 1) {
    work_.notify_one();
  } else {
    work_.notify_all();
  }
  return STN_OK;
}

bool blocking_pool::wait_idle(uint64_t deadline_ns) {
  std::unique_lock lock(mutex_);
  const auto deadline =
      std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline_ns));
  return idle_.wait_until(lock, deadline, [this] { return size_ == 0 && running_ == 0; });
}

void blocking_pool::run() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return size_ > 0 || stopping_; });
    if (size_ == 0) return;
    const stn_task t = ring_[head_];
    head_ = (head_ + 1) % ring_.size();
    size_--;
    running_++;
    lock.unlock();
    t.fn(t.user);
    lock.lock();
    running_--;
    if (size_ == 0 && running_ == 0) idle_.notify_all();
  }
}

}  // namespace stn::kernel
