#include "level_queue.h"

#include <algorithm>

#include "delay_levels.h"

namespace stn::schedule {

namespace {

constexpr int64_t k_retry_busy_ms = 100;
constexpr int64_t k_retry_failed_ms = 1000;

// The store has the message: also when the disk did not confirm it in time.
bool is_stored(stn_status s) { return s == STN_OK || s == STN_E_TIMEOUT; }
// Trying again cannot help: the message as such is refused.
bool is_final(stn_status s) { return s == STN_E_INVALID || s == STN_E_UNSUPPORTED; }

}  // namespace

void level_queue::begin(int64_t offset) {
  const int32_t queue = queue_of_level(level_);
  stn_queue_info info{};
  const auto &store = shared_->store;
  if (store->queue_info(store.self, shared_->delay_topic, &queue, 1, &info) != STN_OK) return;
  const int64_t corrected = std::clamp(offset, info.min, std::max(info.min, info.max));
  if (corrected != offset && offset != 0) {
    shared_->log.warn("delay progress corrected to what the queue holds",
                      {{"level", level_}, {"from", offset}, {"to", corrected}});
  }
  progress_.store(corrected, std::memory_order_relaxed);
}

int64_t level_queue::turn(int64_t now_ms, bool deliver) {
  if (!completed()) return k_never;
  if (in_flight_) settle(now_ms);
  return deliver ? deliver_due(now_ms) : k_never;
}

// Moves progress over everything up to the first message that has to be tried again.
void level_queue::settle(int64_t now_ms) {
  in_flight_ = false;
  int64_t settled = 0;
  for (uint32_t i = 0; i < n_taken_; i++, settled++) {
    if (taken_[i] == taken::skipped) {
      shared_->metrics->inc(shared_->skipped, 1);
      continue;
    }
    const stn_status outcome = outcome_[i].load(std::memory_order_relaxed);
    if (is_stored(outcome)) {
      shared_->metrics->inc(shared_->delivered, 1);
    } else if (is_final(outcome)) {
      shared_->metrics->inc(shared_->skipped, 1);
    } else {
      fail(now_ms, outcome);
      break;
    }
  }
  progress_.fetch_add(settled, std::memory_order_relaxed);
  n_taken_ = 0;
}

int64_t level_queue::deliver_due(int64_t now_ms) {
  for (;;) {
    if (now_ms < retry_at_ms_) return retry_at_ms_;
    if (!read_entries(now_ms)) return now_ms < retry_at_ms_ ? retry_at_ms_ : k_never;
    if (const int64_t first = due_ms(0, now_ms); first > now_ms) return first;
    const uint32_t went_over = collect(now_ms);
    if (went_over == 0) return retry_at_ms_;
    n_taken_ = went_over;
    in_flight_ = true;
    if (appends_.size() > 0) submit(now_ms);
    if (!in_flight_) return retry_at_ms_;
    if (!completed()) return k_never;
    settle(now_ms);
  }
}

// Entries from progress on. False: there is none, or the store cannot tell now.
bool level_queue::read_entries(int64_t now_ms) {
  const auto &store = shared_->store;
  for (int attempt = 0; attempt < 2; attempt++) {
    stn_entries e{};
    e.size = sizeof(e);
    e.cap = k_batch;
    e.phys = phys_.data();
    e.tag_hash = tag_.data();
    const stn_status s = store->entries(store.self, shared_->delay_topic, queue_of_level(level_),
                                        progress(), &e, nullptr);
    n_entries_ = s == STN_OK ? e.n : 0;
    if (s == STN_OK && e.n > 0) return true;
    if (s != STN_OK && s != STN_E_RANGE && s != STN_E_NOT_FOUND) {
      fail(now_ms, s);
      return false;
    }
    // Nothing here: at the end, or the queue has lost its head or its tail meanwhile.
    const int64_t before = progress();
    begin(before);
    if (progress() == before) return false;
  }
  return false;
}

// A deliver time further away than the level's delay means that the clock was set back: due now.
int64_t level_queue::due_ms(uint32_t i, int64_t now_ms) const {
  return tag_[i] > now_ms + delay_ms_ ? now_ms : tag_[i];
}

uint32_t level_queue::collect(int64_t now_ms) {
  appends_.clear();
  uint32_t i = 0;
  uint64_t bytes = 0;
  for (; i < n_entries_ && due_ms(i, now_ms) <= now_ms && bytes < k_batch_bytes; i++) {
    const auto &store = shared_->store;
    stn_bslice record{};
    const stn_status s = store->read(store.self, phys_[i], &record, nullptr);
    const char *why = "record unreadable";
    if (s != STN_OK && s != STN_E_NOT_FOUND && s != STN_E_CORRUPT) {
      fail(now_ms, s);
      break;
    }
    bytes += record.len;
    const bool added = s == STN_OK && appends_.add(store, record, i, &why);
    taken_[i] = added ? taken::delivered : taken::skipped;
    if (added) continue;
    shared_->log.warn("delayed message skipped",
                      {{"level", level_}, {"offset", progress() + i}, {"why", why}});
  }
  return i;
}

void level_queue::submit(int64_t now_ms) {
  for (uint32_t i = 0; i < n_taken_; i++) outcome_[i].store(STN_OK, std::memory_order_relaxed);
  pending_.store(appends_.size(), std::memory_order_release);
  const auto &store = shared_->store;
  const stn_status s =
      store->append(store.self, appends_.data(), appends_.size(), shared_->home, &sink_, nullptr);
  appends_.clear();
  if (s == STN_OK) return;
  pending_.store(0, std::memory_order_release);
  in_flight_ = false;
  n_taken_ = 0;
  fail(now_ms, s);
}

void level_queue::fail(int64_t now_ms, stn_status why) {
  shared_->metrics->inc(shared_->retried, 1);
  retry_at_ms_ = now_ms + (why == STN_E_BUSY ? k_retry_busy_ms : k_retry_failed_ms);
}

void level_queue::on_complete(const stn_sink *s, const stn_cqe *v, uint32_t n) {
  auto *self = static_cast<level_queue *>(s->ctx);
  delivery &shared = *self->shared_;
  shared.completing.fetch_add(1);
  for (uint32_t i = 0; i < n; i++) {
    self->outcome_[v[i].user].store(v[i].status, std::memory_order_relaxed);
  }
  if (self->pending_.fetch_sub(n, std::memory_order_acq_rel) == n) {
    shared.wake(shared.wake_user, self->level_);
  }
  shared.completing.fetch_sub(1);
}

}  // namespace stn::schedule
