#include "deliverer.h"

#include <algorithm>
#include <thread>

#include "delay_levels.h"

namespace stn::schedule {

namespace {

// Longest sleep while something is due later: a step of the wall clock is noticed within it.
constexpr int64_t k_sleep_max_ms = 1000;

}  // namespace

deliverer::deliverer(delivery *shared, const std::vector<int64_t> &delays_ms) : shared_(shared) {
  STN_CHECK(!delays_ms.empty() && delays_ms.size() <= k_levels_max);
  shared->wake = on_wake;
  shared->wake_user = this;
  for (size_t i = 0; i < delays_ms.size(); i++) {
    const int32_t level = static_cast<int32_t>(i) + 1;
    levels_.push_back(std::make_unique<level_queue>(shared, level, delays_ms[i]));
  }
  next_ms_.assign(levels_.size(), 0);
}

status deliverer::begin(const std::vector<level_progress> &saved) {
  for (auto &level : levels_) {
    auto at = std::find_if(saved.begin(), saved.end(),
                           [&](const level_progress &p) { return p.level == level->level(); });
    level->begin(at == saved.end() ? 0 : at->offset);
  }
  return signal_.open();
}

std::vector<level_progress> deliverer::progress() const {
  std::vector<level_progress> all;
  for (const auto &level : levels_) all.push_back({level->level(), level->progress()});
  return all;
}

int64_t deliverer::turn(int64_t now_ms) {
  // After a step back every due time has to be judged anew.
  const bool stepped_back = now_ms < last_now_ms_;
  last_now_ms_ = now_ms;
  const bool deliver = !stopping_.load(std::memory_order_relaxed);
  const uint64_t happened = look_at_.exchange(0);
  int64_t next = k_never;
  for (size_t i = 0; i < levels_.size(); i++) {
    if (next_ms_[i] <= now_ms || stepped_back || (happened & bit_of(i)) != 0) {
      // Before the level looks into its queue, so that an arrival behind that look is not missed.
      empty_.fetch_or(bit_of(i));
      next_ms_[i] = levels_[i]->turn(now_ms, deliver);
      if (next_ms_[i] != k_never) empty_.fetch_and(~bit_of(i));
    }
    next = std::min(next, next_ms_[i]);
  }
  return next;
}

void deliverer::arrived(int32_t queue) {
  if (queue < 0 || static_cast<size_t>(queue) >= levels_.size()) return;
  const uint64_t bit = bit_of(static_cast<size_t>(queue));
  if ((empty_.load() & bit) == 0) return;
  empty_.fetch_and(~bit);
  look_at_.fetch_or(bit);
  signal_.set();
}

void deliverer::on_wake(void *user, int32_t level) {
  auto *self = static_cast<deliverer *>(user);
  self->look_at_.fetch_or(bit_of(static_cast<size_t>(queue_of_level(level))));
  self->signal_.set();
}

bool deliverer::under_way() const {
  return std::any_of(levels_.begin(), levels_.end(), [](auto &l) { return l->under_way(); });
}

void deliverer::run() {
  for (;;) {
    const int64_t now_ms = shared_->log.now_ms();
    const int64_t next_ms = turn(now_ms);
    if (stopping_.load() && !under_way()) return;
    signal_.wait(next_ms == k_never ? -1
                                    : std::clamp<int64_t>(next_ms - now_ms, 0, k_sleep_max_ms));
  }
}

void deliverer::stop() {
  stopping_.store(true);
  signal_.set();
}

void deliverer::wait_quiet() const {
  // A handful of instructions at most: the batch that is completing has already been settled.
  while (shared_->completing.load() != 0) std::this_thread::yield();
}

}  // namespace stn::schedule
