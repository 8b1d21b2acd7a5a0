#include "group_commit.h"

#include <algorithm>

#include "background.h"
#include "stanchion/sdk/host.h"

namespace stn::store_mmap {

group_commit::group_commit(segment_set &segments, const settings &s, counters &stats,
                           log_state &state, completions &done)
    : segments_(segments), settings_(s), stats_(stats), state_(state), done_(done) {
  if (s.sync_flush) ring_.resize(s.sync_pending_max);
}

group_commit::~group_commit() { STN_CHECK(!thread_.joinable()); }

void group_commit::start(std::vector<arrival_watch> watches,
                         std::function<void(const status &)> on_failure) {
  watches_ = std::move(watches);
  on_failure_ = std::move(on_failure);
  stopping_ = false;
  last_sync_ms_ = mono_ms();
  thread_ = start_thread(
      "stn-flush", [this] { run(); }, is_sync() ? urgency::waited_for : urgency::background);
}

void group_commit::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
  (void)sync_to(state_.end.load());
  refuse_all();
}

bool group_commit::has_room(uint32_t n) {
  std::lock_guard lock(mu_);
  return head_ - tail_ + n <= ring_.size();
}

void group_commit::add(const waiter *v, uint32_t n) {
  std::lock_guard lock(mu_);
  for (uint32_t i = 0; i < n; i++) ring_[head_++ % ring_.size()] = v[i];
}

void group_commit::wake() {
  std::lock_guard lock(mu_);
  if (woken_) return;
  woken_ = true;
  wake_.notify_one();
}

bool group_commit::is_due(uint64_t now_ms) const {
  int64_t gathered = state_.end.load() - state_.durable.load();
  if (gathered == 0) return false;
  return gathered >= settings_.flush_least_bytes ||
         now_ms - last_sync_ms_ >= settings_.flush_thorough_ms;
}

void group_commit::run() {
  auto interval = std::chrono::milliseconds(settings_.flush_interval_ms);
  for (;;) {
    {
      std::unique_lock lock(mu_);
      if (is_sync()) {
        wake_.wait_for(lock, interval, [&] { return stopping_ || woken_; });
      } else {
        wake_.wait_for(lock, interval, [&] { return stopping_; });
      }
      if (stopping_) return;
      woken_ = false;
    }
    if (is_sync() || is_due(mono_ms())) (void)sync_to(state_.end.load(std::memory_order_acquire));
  }
}

void group_commit::fail(const status &why) {
  stats_.read_only.store(1);
  if (state_.fail() && on_failure_) on_failure_(why);
}

status group_commit::sync_to(int64_t phys) {
  std::lock_guard lock(sync_mu_);
  if (state_.refusing.load() == STN_E_IO) {
    refuse_all();
    return {STN_E_IO, "the store is read-only"};
  }
  int64_t from = state_.durable.load();
  if (phys <= from) return {};
  last_sync_ms_ = mono_ms();
  status s = sync_range(from, phys);
  if (!s.ok()) {
    fail(s);
    refuse_all();
    return {STN_E_IO, s.message()};
  }
  stats_.syncs.fetch_add(1, std::memory_order_relaxed);
  state_.durable.store(phys, std::memory_order_release);
  segments_.set_durable(phys);
  if (is_sync()) publish(std::min(phys, confirmed()));
  return {};
}

void group_commit::confirm(int64_t phys) {
  std::lock_guard lock(sync_mu_);
  int64_t before = confirmed();
  if (before != INT64_MAX && phys <= before) return;
  confirmed_.store(phys, std::memory_order_release);
  publish(std::min(state_.durable.load(), phys));
}

status group_commit::sync_range(int64_t from, int64_t to) {
  while (from < to) {
    result<segment_pin> pin = segments_.pin(from);
    if (!pin.ok()) return pin.error();
    const segment_pin &seg = pin.value();
    int64_t part_end = std::min(to, seg->end());
    auto offset = static_cast<size_t>(from - seg->base());
    status s = seg->sync(offset, static_cast<size_t>(part_end - from));
    if (!s.ok()) return s;
    from = part_end;
  }
  return {};
}

// Takes those out of the ring that are on the disk, makes them visible and answers them.
void group_commit::publish(int64_t durable) {
  arrivals_.clear();
  groups_.clear();
  homes_.clear();
  {
    std::lock_guard lock(mu_);
    while (tail_ != head_ && ring_[tail_ % ring_.size()].phys_end <= durable) {
      const waiter &w = ring_[tail_++ % ring_.size()];
      if (w.queue != nullptr) {
        w.queue->set_visible(w.next_offset);
        stn_arrival a{w.queue->topic(), w.queue->id(), w.next_offset, w.tag};
        bool same = !arrivals_.empty() && arrivals_.back().topic == a.topic &&
                    arrivals_.back().queue == a.queue;
        if (same) {
          arrivals_.back() = a;
        } else {
          arrivals_.push_back(a);
        }
      }
      if (w.sink != nullptr) group_of(w.home)->add(w.sink, w.cqe);
    }
  }
  for (completion_group *g : groups_) done_.send(g, false);
  tell(arrivals_);
}

completion_group *group_commit::group_of(stn_exec *home) {
  for (size_t i = 0; i < homes_.size(); i++) {
    if (homes_[i] == home) return groups_[i];
  }
  homes_.push_back(home);
  groups_.push_back(done_.take(home));
  return groups_.back();
}

// Is there somebody to tell? A client batch that fails is answered once, by its last message.
static bool fails_with(waiter &w, stn_status code) {
  if (w.sink != nullptr && (w.cqe.flags & STN_CQE_MORE) != 0) w.sink = nullptr;
  w.cqe.status = code;
  return w.sink != nullptr;
}

void group_commit::refuse_all() {
  groups_.clear();
  homes_.clear();
  {
    std::lock_guard lock(mu_);
    while (tail_ != head_) {
      waiter &w = ring_[tail_++ % ring_.size()];
      if (!fails_with(w, STN_E_IO)) continue;
      group_of(w.home)->add(w.sink, w.cqe);
    }
  }
  for (completion_group *g : groups_) done_.send(g, false);
}

void group_commit::expire(uint64_t now_ns) {
  uint64_t limit_ns = settings_.sync_timeout_ms * 1000000;
  std::vector<std::pair<stn_exec *, completion_group *>> groups;
  {
    std::lock_guard lock(mu_);
    for (uint64_t i = tail_; i != head_; i++) {
      waiter &w = ring_[i % ring_.size()];
      if (now_ns < w.since_ns + limit_ns) break;  // it may have come after the clock was read
      if (!fails_with(w, STN_E_TIMEOUT)) continue;
      auto it = std::find_if(groups.begin(), groups.end(),
                             [&](const auto &g) { return g.first == w.home; });
      if (it == groups.end()) it = groups.insert(it, {w.home, done_.take(w.home)});
      it->second->add(w.sink, w.cqe);
      w.sink = nullptr;
    }
  }
  for (auto &[home, g] : groups) done_.send(g, false);
}

void group_commit::tell(const std::vector<stn_arrival> &v) {
  if (v.empty()) return;
  for (const arrival_watch &w : watches_) {
    w.on(w.user, v.data(), static_cast<uint32_t>(v.size()));
  }
}

}  // namespace stn::store_mmap
