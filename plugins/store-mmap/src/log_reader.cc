#include "log_reader.h"

#include <algorithm>

namespace stn::store_mmap {
namespace {

constexpr uint32_t k_entry_batch = STN_MATCH_MAX;
constexpr uint32_t k_scan_max = 800;  // entries looked at by one fetch, as the original
constexpr int64_t k_residence_window = 256 << 10;

struct bitmap {
  uint64_t words[k_entry_batch / 64];
  bool has(uint32_t i) const { return (words[i / 64] >> (i % 64) & 1) != 0; }
};

}  // namespace

struct log_reader::cursor {
  const stn_fetch &q;
  stn_fetched *out;
  consume_queue &queue;
  std::string_view topic;
  int64_t log_end;
  int64_t hot_from;  // records from here on are served untouched
  segment_pin pin;
  uint32_t shares = 0;  // of pin, given to slices and not yet counted
  int64_t resident_from = 0;
  int64_t resident_to = 0;
  bool removed = false;
  bool tag_is_wrong = false;  // of the entry looked at last: its record says this
  int64_t true_tag = 0;

  bool no_wait() const { return (q.flags & STN_FETCH_NO_WAIT) != 0; }
  void settle() {
    if (shares != 0) pin->pin(shares);
    shares = 0;
  }
};

log_reader::log_reader(segment_set &segments, const log_sums &sums, queue_table &queues,
                       const settings &s, counters &stats, log_state &state)
    : segments_(segments),
      sums_(sums),
      queues_(queues),
      settings_(s),
      stats_(stats),
      state_(state) {}

stn_status log_reader::fetch(const stn_fetch &q, stn_fetched *out, stn_error *err) {
  out->n_slices = out->n_msgs = out->n_corrupt = 0;
  out->bytes = 0;
  out->next = out->min = out->max = 0;
  consume_queue *queue = queues_.find(q.topic, q.queue);
  if (queue == nullptr) {
    out->outcome = STN_FETCHED_NO_QUEUE;
    return STN_OK;
  }
  out->max = queue->visible();
  out->min = std::min(queue->min(), out->max);
  if (out->max == 0) {
    out->outcome = STN_FETCHED_EMPTY;
  } else if (q.from < out->min) {
    out->outcome = STN_FETCHED_BELOW_MIN;
    out->next = out->min;
  } else if (q.from == out->max) {
    out->outcome = STN_FETCHED_AT_END;
    out->next = q.from;
  } else if (q.from > out->max) {
    out->outcome = STN_FETCHED_BEYOND;
    out->next = out->max;
  } else {
    int64_t end = state_.end.load(std::memory_order_acquire);
    int64_t hot = std::max(state_.trusted.load(), end - settings_.hot_window);
    cursor c{q, out, *queue, queues_.name(q.topic), end, hot, {}};
    return scan(c, err);
  }
  return STN_OK;
}

stn_status log_reader::scan(cursor &c, stn_error *err) {
  uint8_t raw[k_entry_batch * k_entry_size];
  int64_t tags[k_entry_batch];
  const int64_t last = std::min(c.out->max, c.q.from + std::max(k_scan_max, c.q.max_msgs));
  int64_t offset = c.q.from;
  uint32_t batch = std::clamp<uint32_t>(c.q.max_msgs, 1, k_entry_batch);
  stn_status st = STN_OK;
  bool more = true;
  while (more && offset < last) {
    uint32_t n = 0;
    status s = c.queue.read(offset, batch, last, c.no_wait(), raw, &n);
    if (!s.ok() && s.code() != STN_E_NOT_FOUND) {
      if (c.out->n_msgs == 0) return s.to_abi(err);
      break;
    }
    if (n == 0) {  // the file went away under us
      c.removed = true;
      offset = std::max(offset + 1, c.queue.min());
      break;
    }
    bitmap keep;
    bitmap maybe{};
    std::fill(std::begin(keep.words), std::end(keep.words), ~uint64_t{0});
    if (c.q.filter != nullptr) {
      for (uint32_t i = 0; i < n; i++) tags[i] = load_entry(raw + i * k_entry_size).tag;
      stn_match_entries m{sizeof(m), n, tags};
      c.q.filter->match_entries(c.q.matcher, &m, keep.words, maybe.words);
    }
    for (uint32_t i = 0; i < n && more; i++) {
      queue_entry e = load_entry(raw + i * k_entry_size);
      more = keep.has(i) ? take(c, e, offset, maybe.has(i), &st) : leave_out(c, e, offset, &st);
      if (more) offset++;
    }
    batch = k_entry_batch;
  }
  c.settle();
  if (st != STN_OK && c.out->n_msgs == 0) return stn_error_set(err, st, "not resident");
  c.out->next = offset;
  c.out->outcome = c.out->n_msgs != 0 ? STN_FETCHED_FOUND
                   : c.removed        ? STN_FETCHED_REMOVED
                                      : STN_FETCHED_NO_MATCH;
  return STN_OK;
}

// false: this entry is not taken and the scan ends before it.
bool log_reader::take(cursor &c, const queue_entry &e, int64_t offset, bool maybe, stn_status *st) {
  if (c.out->n_msgs >= c.q.max_msgs && c.out->n_msgs != 0) return false;
  if (c.out->n_msgs != 0 && c.out->bytes + e.size > c.q.max_bytes) return false;
  const found f = look_and_tell(c, e, offset, st);
  if (f == found::gone) c.removed = true;
  if (f != found::good) return f != found::cold;
  if (c.tag_is_wrong && !judge_again(c, &maybe)) return true;
  if (maybe && !passes_filter(c, e)) return true;
  const stn_bslice *last = c.out->n_slices == 0 ? nullptr : &c.out->slices[c.out->n_slices - 1];
  bool joins = last != nullptr && last->owner == c.pin.get() &&
               static_cast<const uint8_t *>(last->data) + last->len == c.pin->at(e.phys);
  if (!joins && c.out->n_slices == c.out->cap) return false;
  if (joins) {
    c.out->slices[c.out->n_slices - 1].len += e.size;
  } else {
    c.out->slices[c.out->n_slices++] = {c.pin->at(e.phys), e.size, c.pin.get()};
    c.shares++;
  }
  c.out->n_msgs++;
  c.out->bytes += e.size;
  return true;
}

// The filter does not want the message by its entry. A flipped bit there would hide it: the first time, its record is asked.
bool log_reader::leave_out(cursor &c, const queue_entry &e, int64_t offset, stn_status *st) {
  if (e.phys >= c.hot_from) return true;
  const found f = look_and_tell(c, e, offset, st);
  if (f != found::good) return f != found::cold;
  return !c.tag_is_wrong || take(c, e, offset, false, st);
}

// Damage is counted and passed over; a record that would have to be waited for ends the scan.
log_reader::found log_reader::look_and_tell(cursor &c, const queue_entry &e, int64_t offset,
                                            stn_status *st) {
  const found f = look(c, e, offset);
  if (f == found::cold) *st = STN_E_AGAIN;
  if (f == found::damaged) {
    c.out->n_corrupt++;
    stats_.corrupt_records.fetch_add(1, std::memory_order_relaxed);
  }
  return f;
}

bool log_reader::judge_again(const cursor &c, bool *maybe) const {
  *maybe = false;
  if (c.q.filter == nullptr) return true;
  uint64_t keep = 1;
  uint64_t unsure = 0;
  stn_match_entries m{sizeof(m), 1, &c.true_tag};
  c.q.filter->match_entries(c.q.matcher, &m, &keep, &unsure);
  *maybe = (unsure & 1) != 0;
  return (keep & 1) != 0;
}

log_reader::found log_reader::look(cursor &c, const queue_entry &e, int64_t offset) {
  c.tag_is_wrong = false;
  if (e.is_filler() || (e.phys >= 0 && e.phys < segments_.first())) return found::gone;
  if (e.phys < 0 || e.size < k_record_fixed || e.phys + e.size > c.log_end) return found::damaged;
  if (!c.pin.holds(e.phys)) {
    c.settle();
    result<segment_pin> pin = segments_.pin(e.phys);
    if (!pin.ok()) return pin.error().code() == STN_E_NOT_FOUND ? found::gone : found::damaged;
    c.pin = std::move(pin.value());
  }
  if (e.phys + e.size > c.pin->end()) return found::damaged;
  if (e.phys >= c.hot_from) return found::good;
  bool resident = is_resident(c, e);
  if (!resident && c.no_wait()) return found::cold;
  record_view r{};
  if (resident && c.pin->is_checked(e.phys)) {  // the record is, for the entry that leads to it
    return is_promised(c.pin, e, c.queue, offset, false, &r) ? found::good : found::damaged;
  }
  found f = check(c, e, offset);
  if (f == found::good && !c.tag_is_wrong) c.pin->set_checked(e.phys);
  return f;
}

// Asks for a whole window at once: neighbours are usually wanted next.
bool log_reader::is_resident(cursor &c, const queue_entry &e) {
  if (e.phys >= c.resident_from && e.phys + e.size <= c.resident_to) return true;
  int64_t to =
      std::min({e.phys + std::max<int64_t>(e.size, k_residence_window), c.pin->end(), c.log_end});
  if (c.pin->resident(e.phys, static_cast<size_t>(to - e.phys))) {
    c.resident_from = e.phys;
    c.resident_to = to;
    return true;
  }
  return c.pin->resident(e.phys, e.size);
}

log_reader::found log_reader::check(cursor &c, const queue_entry &e, int64_t offset) {
  record_view r{};
  stn_status st = check_record(c.pin, e, c.queue, offset, c.no_wait(), &r);
  if (st == STN_OK) check_tag(c, e, r);
  return st == STN_OK ? found::good : st == STN_E_AGAIN ? found::cold : found::damaged;
}

// STN_OK: the record is the one that its entry promises, and as it was written. STN_E_CORRUPT, STN_E_AGAIN.
stn_status log_reader::check_record(const segment_pin &pin, const queue_entry &e,
                                    const consume_queue &q, int64_t offset, bool no_wait,
                                    record_view *r) const {
  return is_promised(pin, e, q, offset, true, r) ? sums_.check(pin, e.phys, e.size, no_wait)
                                                 : STN_E_CORRUPT;
}

bool log_reader::is_promised(const segment_pin &pin, const queue_entry &e, const consume_queue &q,
                             int64_t offset, bool with_crc, record_view *r) const {
  return parse_record(pin->at(e.phys), pin->space(e.phys), with_crc, r) == record_kind::message &&
         matches_entry(*r, e.size, e.phys, q.id(), offset) && r->topic == queues_.name(q.topic());
}

// What the record says counts. The deliver time of the delay topic is not told by the record alone.
void log_reader::check_tag(cursor &c, const queue_entry &e, const record_view &r) {
  if (c.topic == k_delay_topic) return;
  int64_t delay = -1;
  c.true_tag = tag_column(c.topic, r.queue, r.props, {nullptr, 0}, &delay);
  c.tag_is_wrong = c.true_tag != e.tag;
  if (c.tag_is_wrong) stats_.corrupt_records.fetch_add(1, std::memory_order_relaxed);
}

bool log_reader::passes_filter(cursor &c, const queue_entry &e) {
  record_view r{};
  if (c.q.filter->match_msgs == nullptr) return true;
  if (parse_record(c.pin->at(e.phys), c.pin->space(e.phys), false, &r) != record_kind::message) {
    return false;
  }
  stn_str props{r.props.data(), r.props.size()};
  stn_slice body{r.body.data(), r.body.size()};
  stn_match_msgs m{sizeof(m), 1, &props, &body, &r.sysflag};
  uint64_t keep = 1;
  c.q.filter->match_msgs(c.q.matcher, &m, &keep);
  return (keep & 1) != 0;
}

stn_status log_reader::entries(uint32_t topic, int32_t queue, int64_t from, stn_entries *out,
                               stn_error *err) {
  out->n = 0;
  consume_queue *q = queues_.find(topic, queue);
  if (q == nullptr) return stn_error_set(err, STN_E_NOT_FOUND, "no such queue");
  if (from < q->min()) return stn_error_set(err, STN_E_RANGE, "below the first entry");
  const int64_t end = q->visible();
  uint8_t raw[k_entry_batch * k_entry_size];
  while (out->n < out->cap && from < end) {
    uint32_t n = 0;
    status s = q->read(from, std::min(k_entry_batch, out->cap - out->n), end, false, raw, &n);
    if (!s.ok()) return s.to_abi(err);
    if (n == 0) break;
    for (uint32_t i = 0; i < n; i++, out->n++) {
      queue_entry e = load_entry(raw + i * k_entry_size);
      if (out->phys != nullptr) out->phys[out->n] = e.phys;
      if (out->len != nullptr) out->len[out->n] = e.size;
      if (out->tag_hash != nullptr) out->tag_hash[out->n] = e.tag;
    }
    from += n;
  }
  return STN_OK;
}

stn_status log_reader::read(int64_t phys, stn_bslice *out, stn_error *err) {
  // What a crash could take back is not there yet.
  const std::atomic<int64_t> &limit = settings_.sync_flush ? state_.durable : state_.end;
  if (phys < segments_.first() || phys >= limit.load(std::memory_order_acquire)) {
    return stn_error_set(err, STN_E_NOT_FOUND, "outside the log");
  }
  result<segment_pin> pin = segments_.pin(phys);
  if (!pin.ok()) return pin.error().to_abi(err);
  segment *s = pin.value().get();
  record_view r{};
  if (parse_record(s->at(phys), s->space(phys), false, &r) != record_kind::message ||
      r.phys != phys) {
    return stn_error_set(err, STN_E_NOT_FOUND, "no record starts here");
  }
  const int64_t hot = std::max(state_.trusted.load(), state_.end.load() - settings_.hot_window);
  if (phys < hot && !s->is_checked(phys)) {
    if (body_crc(r.body.data(), r.body.size()) != r.crc ||
        sums_.check(pin.value(), phys, r.size, false) != STN_OK) {
      stats_.corrupt_records.fetch_add(1, std::memory_order_relaxed);
      return stn_error_set(err, STN_E_CORRUPT, "the record does not match its checksums");
    }
  }
  s->pin(1);
  *out = {s->at(phys), r.size, s};
  return STN_OK;
}

stn_status log_reader::read_raw(int64_t from, uint64_t max, int64_t limit, stn_bslice *out,
                                stn_error *err) {
  *out = {nullptr, 0, nullptr};
  if (from < segments_.first() || from > limit) {
    return stn_error_set(err, STN_E_RANGE, "outside the log");
  }
  if (from == limit) return STN_OK;
  result<segment_pin> pin = segments_.pin(from);
  if (!pin.ok()) return pin.error().to_abi(err);
  segment *s = pin.value().get();
  int64_t at = from;
  while (at < std::min(limit, s->end())) {
    record_view r{};
    record_kind kind = parse_record(s->at(at), s->space(at), false, &r);
    bool good = kind == record_kind::blank || (kind == record_kind::message && r.phys == at);
    if (!good && at == from) return stn_error_set(err, STN_E_CORRUPT, "no record starts here");
    if (!good) break;
    int64_t size = kind == record_kind::blank ? s->end() - at : r.size;
    if (at != from && static_cast<uint64_t>(at + size - from) > max) break;
    at += size;
  }
  if (sums_.check(pin.value(), from, static_cast<uint32_t>(at - from), false) != STN_OK) {
    stats_.corrupt_records.fetch_add(1, std::memory_order_relaxed);
    return stn_error_set(err, STN_E_CORRUPT, "the log does not match its checksums");
  }
  s->pin(1);
  *out = {s->at(from), static_cast<size_t>(at - from), s};
  return STN_OK;
}

// STN_E_CORRUPT for a record that a fetch would not serve.
result<int64_t> log_reader::store_ms_at(consume_queue &q, int64_t offset) {
  result<queue_entry> found = q.entry(offset);
  if (!found.ok()) return found.error();
  const queue_entry &e = found.value();
  const status damaged(STN_E_CORRUPT, "a record in the queue is damaged");
  result<segment_pin> pin = segments_.pin(e.phys);
  if (!pin.ok()) return pin.error().code() == STN_E_NOT_FOUND ? damaged : pin.error();
  if (e.size < k_record_fixed || e.size > pin.value()->space(e.phys)) return damaged;
  record_view r{};
  if (check_record(pin.value(), e, q, offset, false, &r) != STN_OK) return damaged;
  return r.store_ms;
}

// The first readable entry in [from, to), and when it was stored; `to` if there is none.
result<int64_t> log_reader::next_readable(consume_queue &q, int64_t from, int64_t to, int64_t *ms) {
  for (; from < to; from++) {
    result<int64_t> at = store_ms_at(q, from);
    if (at.ok()) *ms = at.value();
    if (at.ok()) return from;
    if (at.error().code() != STN_E_CORRUPT) return at.error();
  }
  return to;
}

// The first readable entry in [from, end) that was not stored before ms; end if there is none.
result<int64_t> log_reader::first_not_before(consume_queue &q, int64_t from, int64_t end,
                                             int64_t ms) {
  int64_t low = from;
  int64_t high = end;
  int64_t best = end;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    int64_t stored = 0;
    result<int64_t> at = next_readable(q, middle, high, &stored);
    if (!at.ok()) return at;
    if (at.value() == high) {
      high = middle;
    } else if (stored < ms) {
      low = at.value() + 1;
    } else {
      best = at.value();
      high = middle;
    }
  }
  return best;
}

stn_status log_reader::offset_by_time(uint32_t topic, int32_t queue, int64_t ms, int64_t *out,
                                      stn_error *err) {
  *out = 0;
  consume_queue *q = queues_.find(topic, queue);
  if (q == nullptr) return STN_OK;
  const int64_t first = q->min();
  const int64_t end = q->visible();
  if (first >= end) return STN_OK;
  result<int64_t> found = first_not_before(*q, first, end, ms);
  if (!found.ok()) return found.error().to_abi(err);
  const int64_t low = found.value();
  *out = low == end ? end - 1 : low;
  if (low == end || low == first) return STN_OK;
  result<int64_t> after = store_ms_at(*q, low);
  result<int64_t> before = store_ms_at(*q, low - 1);
  if (!after.ok()) return after.error().to_abi(err);
  if (!before.ok())
    return before.error().code() == STN_E_CORRUPT ? STN_OK : before.error().to_abi(err);
  if (ms - before.value() <= after.value() - ms && after.value() != ms) *out = low - 1;
  return STN_OK;
}

stn_status log_reader::bound_by_time(uint32_t topic, int32_t queue, int64_t ms, int32_t bound,
                                     int64_t *out, stn_error *err) {
  *out = 0;
  if (bound != STN_BOUND_LOWER && bound != STN_BOUND_UPPER) {
    return stn_error_set(err, STN_E_UNSUPPORTED, "unknown bound");
  }
  consume_queue *q = queues_.find(topic, queue);
  if (q == nullptr) return STN_OK;
  const bool upper = bound == STN_BOUND_UPPER;
  if (upper && ms == INT64_MAX) ms--;
  const int64_t first = q->min();
  result<int64_t> found =
      first_not_before(*q, first, std::max(first, q->visible()), upper ? ms + 1 : ms);
  if (!found.ok()) return found.error().to_abi(err);
  *out = found.value();
  if (upper) *out = found.value() > first ? found.value() - 1 : 0;
  return STN_OK;
}

}  // namespace stn::store_mmap
