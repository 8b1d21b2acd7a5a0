// The half of lane that holds pulls: in, out, woken by arrivals, ended by their deadlines.
#include <algorithm>
#include <utility>

#include "lane.h"
#include "stanchion/protocol/codes.h"

namespace stn::broker_pull {
namespace {

namespace rc = protocol::response_code;

constexpr int k_scans_per_wake = 8;

}  // namespace

// Runs a step of this lane soon, on its own thread.
template <void (lane::*step)()>
void lane::post() {
  tasks_.fetch_add(1, std::memory_order_relaxed);
  const stn_task task = {[](void *user) {
                           lane *self = static_cast<lane *>(user);
                           (self->*step)();
                           self->tasks_.fetch_sub(1, std::memory_order_release);
                         },
                         this};
  context_.exec->post(home_, &task, 1);  // an I/O executor always accepts
}

bool lane::may_hold(const pull_read &r) const {
  return r.hold_until_ns > now_ns_ && !context_.draining.load(std::memory_order_relaxed);
}

// NULL with *r untouched: no room.
held_pull *lane::hold(pull_read *r) {
  if (context_.held.fetch_add(1, std::memory_order_relaxed) >= context_.hold_max) {
    context_.held.fetch_sub(1, std::memory_order_relaxed);
    context_.counts.hold_refused();
    return nullptr;
  }
  context_.counts.held(1);
  // Deadlines are rounded up: never early.
  const uint64_t due = std::min(tick_of(r->hold_until_ns) + 1, last_tick_ + hold_list::k_ticks_max);
  const uint32_t slot = hold_list::slot_of(r->topic, r->queue);
  held_pull *h = list_.add(std::move(*r), due);
  waiting_[slot].fetch_add(1, std::memory_order_relaxed);
  n_held_.fetch_add(1, std::memory_order_relaxed);
  return h;
}

pull_read lane::unhold(held_pull *h) {
  const uint32_t slot = hold_list::slot_of(h->read.topic, h->read.queue);
  waiting_[slot].fetch_sub(1, std::memory_order_relaxed);
  n_held_.fetch_sub(1, std::memory_order_relaxed);
  context_.held.fetch_sub(1, std::memory_order_relaxed);
  context_.counts.held(-1);
  return list_.take(h);
}

// Did the queue grow between the fetch that found nothing and the holding?
bool lane::arrived_meanwhile(const held_pull &h) const {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the one before arrived()
  stn_queue_info info{};
  context_.store->queue_info(context_.store.self, h.read.topic, &h.read.queue, 1, &info);
  return info.max > h.read.from;
}

void lane::arrived(const stn_arrival *v, uint32_t n) {
  if (n_held_.load(std::memory_order_relaxed) == 0) return;
  bool must_post = false;
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t slot = hold_list::slot_of(v[i].topic, v[i].queue);
    if (waiting_[slot].load(std::memory_order_relaxed) == 0) continue;
    std::lock_guard lock(inbox_mutex_);
    if (in_inbox_[slot]) continue;
    in_inbox_[slot] = true;
    inbox_.push_back(slot);
    must_post |= !std::exchange(wake_posted_, true);
  }
  if (must_post) post<&lane::wake>();
}

void lane::wake() {
  {
    std::lock_guard lock(inbox_mutex_);
    work_.swap(inbox_);
    for (const uint32_t slot : work_) in_inbox_[slot] = false;
    wake_posted_ = false;
  }
  now_ns_ = context_.services.mono_ns();
  const size_t held_before = list_.size();
  while (!work_.empty() && wake_slot(work_.back())) work_.pop_back();
  context_.counts.woken(static_cast<int64_t>(held_before - list_.size()));
  answers_.send();
  if (!work_.empty()) give_back_work();
}

// The batch of answers is full: the rest has its turn after what else waits on this thread.
void lane::give_back_work() {
  bool must_post = false;
  {
    std::lock_guard lock(inbox_mutex_);
    for (const uint32_t slot : work_) {
      if (!std::exchange(in_inbox_[slot], true)) inbox_.push_back(slot);
    }
    must_post = !std::exchange(wake_posted_, true);
  }
  work_.clear();
  if (must_post) post<&lane::wake>();
}

// Looks at all pulls of a slot that have something to read. False: no room for another answer.
bool lane::wake_slot(uint32_t slot) {
  uint32_t topic = 0;
  int32_t queue = -1;
  stn_queue_info info{};
  const link &head = list_.slot(slot);
  for (link *next = nullptr; const link *l = (next != nullptr ? next : head.next);) {
    if (l == &head) break;
    next = l->next;
    held_pull *h = l->owner;
    if (h->read.topic != topic || h->read.queue != queue) {
      topic = h->read.topic;
      queue = h->read.queue;
      context_.store->queue_info(context_.store.self, topic, &queue, 1, &info);
    }
    if (info.max <= h->read.from) continue;
    if (!wake_one(h)) return false;
  }
  return true;
}

// Reads for one held pull; it stays held if nothing matches. False: no room for the answer.
bool lane::wake_one(held_pull *h) {
  for (int scan = 1;; scan++) {
    if (!answers_.has_room()) return false;
    stn_fetched f;
    const stn_status st = fetch(h->read, &f);
    if (st == STN_E_AGAIN) {
      send_cold(unhold(h));
      return true;
    }
    if (st != STN_OK) {
      fail(unhold(h), st);
      return true;
    }
    const meaning m = meaning_of(h->read, f);
    if (m.code == rc::pull_not_found) return true;
    if (f.outcome != STN_FETCHED_NO_MATCH || scan == k_scans_per_wake) {
      answers_.add(unhold(h), f, m);
      return true;
    }
    h->read.from = f.next;
    if (f.next >= f.max) return true;
  }
}

// The timer: deadlines of the ticks since the last run.
void lane::expire() {
  now_ns_ = context_.services.mono_ns();
  const uint64_t now_tick = tick_of(now_ns_);
  while (last_tick_ < now_tick) {
    const uint64_t tick = last_tick_ + 1;
    while (held_pull *h = list_.first_due(tick)) finish(unhold(h));
    last_tick_ = tick;
  }
  answers_.send();
}

void lane::close_conn(uint64_t conn_id) {
  while (held_pull *h = list_.first_of_conn(conn_id)) {
    const pull_read r = unhold(h);
    r.ops->reject_n(&r.req, 1, STN_E_CLOSED);
  }
}

void lane::release_all() { post<&lane::release>(); }

void lane::release() {
  now_ns_ = context_.services.mono_ns();
  while (held_pull *h = list_.any()) finish(unhold(h));
  answers_.send();
}

}  // namespace stn::broker_pull
