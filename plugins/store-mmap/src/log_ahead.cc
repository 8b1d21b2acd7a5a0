#include "log_ahead.h"

#include <algorithm>

#include "background.h"
#include "stanchion/sdk/host.h"

namespace stn::store_mmap {
namespace {

constexpr int64_t k_step = 256 << 10;

}  // namespace

log_ahead::log_ahead(segment_set &segments, const settings &s, log_state &state)
    : segments_(segments),
      state_(state),
      window_(s.populate_ahead),
      refill_(std::max<int64_t>(window_ / 16, 1)),
      room_(std::max(s.segment_size / 2, std::min(s.segment_size, window_))),
      start_window_(std::min<int64_t>(s.populate_ahead, 4 << 20)) {}

log_ahead::~log_ahead() { STN_CHECK(!thread_.joinable()); }

void log_ahead::start(std::function<void(const status &)> on_failure) {
  on_failure_ = std::move(on_failure);
  started_at_ = state_.end.load();
  populated_ = started_at_;
  stopping_ = false;
  asked_ = true;
  thread_ = start_thread("stn-log-ahead", [this] { run(); });
}

void log_ahead::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

void log_ahead::wake() {
  std::lock_guard lock(mu_);
  wake_.notify_one();
}

void log_ahead::run() {
  for (;;) {
    {
      std::unique_lock lock(mu_);
      wake_.wait(lock, [&] { return stopping_ || asked_.load(std::memory_order_relaxed); });
      if (stopping_) return;
    }
    asked_.store(false, std::memory_order_relaxed);
    work();
  }
}

void log_ahead::work() {
  int64_t end = state_.end.load(std::memory_order_acquire);
  status s = segments_.ensure(end + room_);
  if (!s.ok() && !failed_ && on_failure_) on_failure_(s);
  failed_ = !s.ok();
  populate_to(end + (end == started_at_ ? start_window_ : window_));
}

void log_ahead::populate_to(int64_t target) {
  int64_t at = std::max(populated_.load(), state_.end.load(std::memory_order_acquire));
  while (at < target && !stopping_) {
    result<segment_pin> pin = segments_.pin(at);
    if (!pin.ok()) return;
    int64_t step = std::min({k_step, target - at, pin.value()->end() - at});
    pin.value()->populate(static_cast<size_t>(at - pin.value()->base()), static_cast<size_t>(step));
    at += step;
    populated_.store(at, std::memory_order_relaxed);
  }
}

}  // namespace stn::store_mmap
