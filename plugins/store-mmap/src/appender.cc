#include "appender.h"

#include <algorithm>
#include <chrono>

#include "appender_scratch.h"
#include "background.h"

namespace stn::store_mmap {

wall_clock system_clock() {
  auto now = [](const void *) -> int64_t {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  return {now, nullptr};
}

appender::appender(const log_parts &parts, wall_clock clock)
    : p_(parts), clock_(clock), tags_{parts.config.delay_ms.data(), parts.config.delay_ms.size()} {}

void appender::start(std::vector<arrival_watch> watches) {
  std::lock_guard lock(p_.state.append_mu);
  watches_ = std::move(watches);
  tags_ = {p_.config.delay_ms.data(), p_.config.delay_ms.size()};
  forget_tail();
}

void appender::stop() {
  std::lock_guard lock(p_.state.append_mu);
  int32_t open = STN_OK;
  p_.state.refusing.compare_exchange_strong(open, STN_E_CLOSED);
  forget_tail();
}

stn_status appender::append(const stn_append *v, uint32_t n, stn_exec *home, const stn_sink *k,
                            stn_error *err) {
  scratch_use use;
  return append_with(use.get(), v, n, home, k, err);
}

stn_status appender::append_with(scratch &s, const stn_append *v, uint32_t n, stn_exec *home,
                                 const stn_sink *k, stn_error *err) {
  s.items.clear();
  s.bytes = 0;
  for (uint32_t i = 0; i < n; i++) prepare(v[i], s);
  if (stn_status st = write(s, home, k, err); st != STN_OK) return st;
  p_.ahead.kick();
  if (p_.commit.is_sync()) p_.commit.wake();
  answer(s, home, k);
  return STN_OK;
}

stn_status appender::write(scratch &s, stn_exec *home, const stn_sink *k, stn_error *err) {
  for (;;) {
    int64_t needed = 0;
    {
      std::lock_guard lock(p_.state.append_mu);
      if (stn_status why = why_not(s.items.size(), err); why != STN_OK) return why;
      needed = end_of(s);
      if (tail_.holds(needed) || needed < p_.segments.end()) return write_locked(s, home, k, err);
    }
    // Nothing is written yet, so the call waits for the file without the lock and starts again.
    p_.stats.roll_waits.fetch_add(1, std::memory_order_relaxed);
    status room = p_.segments.ensure(needed + 1);
    if (room.code() == STN_E_IO) p_.commit.fail(room);
    if (room.code() == STN_E_NO_SPACE) p_.state.fill();
    if (!room.ok()) return room.to_abi(err);
  }
}

stn_status appender::why_not(size_t messages, stn_error *err) {
  if (int32_t why = p_.state.refusing.load(); why != STN_OK) {
    const char *text = why == STN_E_CLOSED     ? "the store is closed"
                       : why == STN_E_NO_SPACE ? "the disk is full"
                       : why == STN_E_BUSY     ? "the log is being cut"
                                               : "the store is read-only";
    return stn_error_set(err, why, text);
  }
  if (p_.commit.is_sync() && !p_.commit.has_room(static_cast<uint32_t>(messages))) {
    p_.stats.busy_refusals.fetch_add(1, std::memory_order_relaxed);
    return stn_error_set(err, STN_E_BUSY, "too much waits for the disk");
  }
  return STN_OK;
}

stn_status appender::write_locked(scratch &s, stn_exec *home, const stn_sink *k, stn_error *err) {
  s.store_ms = std::max(clock_.now_ms(clock_.ctx), p_.state.last_store_ms.load());
  p_.state.last_store_ms.store(s.store_ms);
  int64_t phys = p_.state.end.load(std::memory_order_relaxed);
  const int64_t start = phys;
  if (status placed = place_all(s, &phys); !placed.ok()) {
    // Offsets are given away that no record carries: nothing may follow them.
    p_.commit.fail(placed);
    return stn_error_set(err, STN_E_IO, placed.message().c_str());
  }
  p_.stats.appended_bytes.fetch_add(phys - start, std::memory_order_relaxed);
  p_.state.entries.fetch_add(push_entries(s), std::memory_order_relaxed);
  p_.state.end.store(phys, std::memory_order_release);
  if (p_.commit.is_sync()) {
    queue_waiters(s, home, k);
  } else {
    make_visible(s);
  }
  return STN_OK;
}

// Where the log will end after this call. Its files are made before anything is written: a call is accepted whole or not
// at all.
int64_t appender::end_of(const scratch &s) const {
  int64_t phys = p_.state.end.load(std::memory_order_relaxed);
  int64_t left = p_.segments.size() - phys % p_.segments.size();
  if (s.bytes + k_blank_min <= left) return phys + s.bytes;
  for (const prepared &p : s.items) {
    if (p.state != STN_OK) continue;
    if (p.in.size + k_blank_min > left) {
      phys += left;
      left = p_.segments.size();
    }
    phys += p.in.size;
    left -= p.in.size;
  }
  return phys;
}

inline void appender::join_queue(prepared &p, scratch &s) {
  const stn_append &a = *p.in.append;
  consume_queue *q = p_.queues.get(a.topic, a.queue);
  if (q == nullptr) return;
  p.queue = q;
  p.queue_offset = q->take();
  if (q->run() == 0) {
    s.runs.push_back({q, &p, &p});
    q->set_run(static_cast<uint32_t>(s.runs.size()));
    return;
  }
  queue_run &run = s.runs[q->run() - 1];
  run.last->next = &p;
  run.last = &p;
}

inline void appender::place(prepared &p, scratch &s, int64_t phys) {
  p.phys = phys;
  if (p.has_entry) join_queue(p, s);
  encode_record(p.in, phys, p.queue_offset, s.store_ms, tail_->at(phys));
  if (p.delay >= 0) p.tag = s.store_ms + p.delay;
}

status appender::place_all(scratch &s, int64_t *phys) {
  s.runs.clear();
  for (prepared &p : s.items) {
    if (p.state != STN_OK) continue;
    if (!tail_.holds(*phys) || p.in.size + k_blank_min > tail_->space(*phys)) {
      if (status rolled = roll(phys, p.in.size); !rolled.ok()) {
        for (const queue_run &run : s.runs) run.queue->set_run(0);
        return rolled;
      }
    }
    place(p, s, *phys);
    *phys += p.in.size;
  }
  return {};
}

// Returns how many there are. After all the copies: a queue's lock between them would wait until each has arrived in
// memory. Each queue is locked once.
uint32_t appender::push_entries(scratch &s) {
  uint32_t pushed = 0;
  for (const queue_run &run : s.runs) {
    const prepared *p = run.first;
    const bool dirty = run.queue->push_all([&](queue_entry *e) {
      if (p == nullptr) return false;
      *e = {p->phys, p->in.size, p->tag};
      p = p->next;
      pushed++;
      return true;
    });
    run.queue->set_run(0);
    if (dirty) p_.queues.add_dirty(run.queue);
  }
  return pushed;
}

// Ends the segment with a blank if the record does not fit, and takes hold of the one that *phys lies in then.
status appender::roll(int64_t *phys, uint32_t record) {
  int64_t left = p_.segments.size() - *phys % p_.segments.size();
  if (!tail_.holds(*phys)) {
    result<segment_pin> pin = p_.segments.pin(*phys);
    if (!pin.ok()) return pin.error();
    tail_ = std::move(pin.value());
  }
  if (record + k_blank_min <= left) return {};
  encode_blank(static_cast<uint32_t>(left), tail_->at(*phys));
  result<segment_pin> next = p_.segments.pin(*phys + left);
  if (!next.ok()) return next.error();
  tail_ = std::move(next.value());
  *phys += left;
  return {};
}

// Without sync flush a message is visible as soon as it is in the log.
void appender::make_visible(scratch &s) {
  s.arrivals.clear();
  for (const queue_run &run : s.runs) {
    const prepared &p = *run.last;
    run.queue->set_visible(p.queue_offset + 1);
    s.arrivals.push_back({run.queue->topic(), run.queue->id(), p.queue_offset + 1, p.tag});
  }
}

void appender::queue_waiters(scratch &s, stn_exec *home, const stn_sink *k) {
  s.waiters.clear();
  uint64_t now = mono_ns();
  for (const prepared &p : s.items) {
    if (p.state != STN_OK) continue;
    const stn_append &a = *p.in.append;
    bool waits = (a.flags & STN_APPEND_NO_WAIT) == 0;
    s.waiters.push_back({p.queue,
                         p.queue_offset + 1,
                         p.tag,
                         p.phys + p.in.size,
                         waits ? k : nullptr,
                         home,
                         {},
                         now});
    p.answer(s.store_ms, &s.waiters.back().cqe);
  }
  p_.commit.add(s.waiters.data(), static_cast<uint32_t>(s.waiters.size()));
}

// Everything that does not wait for the disk is answered now: at once on the home thread, else by a task there.
void appender::answer(scratch &s, stn_exec *home, const stn_sink *k) {
  s.cqes.clear();
  uint32_t stored = 0;
  for (const prepared &p : s.items) {
    const stn_append &a = *p.in.append;
    stored += p.state == STN_OK ? 1 : 0;
    bool waits = p_.commit.is_sync() && p.state == STN_OK && (a.flags & STN_APPEND_NO_WAIT) == 0;
    if (waits) continue;
    p.answer(s.store_ms, &s.cqes.emplace_back());
  }
  p_.stats.appended_messages.fetch_add(stored, std::memory_order_relaxed);
  if (!p_.commit.is_sync() && !s.arrivals.empty()) {
    for (const arrival_watch &w : watches_) {
      w.on(w.user, s.arrivals.data(), static_cast<uint32_t>(s.arrivals.size()));
    }
  }
  if (s.cqes.empty()) return;
  if (p_.done.is_home(home)) {
    k->complete(k, s.cqes.data(), static_cast<uint32_t>(s.cqes.size()));
    return;
  }
  completion_group *g = p_.done.take(home);
  for (const stn_cqe &c : s.cqes) g->add(k, c);
  p_.done.send(g, false);
}

}  // namespace stn::store_mmap
