// The appender's way in for records that another log has already encoded: they are checked, copied and indexed as they are.
#include <algorithm>
#include <cstring>

#include "appender_scratch.h"
#include "background.h"

namespace stn::store_mmap {
namespace {

// The record or blank at the start of `bytes`, which belongs at `phys`; 0: neither, or not whole.
uint64_t step_over(const uint8_t *at, uint64_t left, int64_t phys, int64_t file_size, bool with_crc,
                   record_view *r, bool *is_message) {
  auto space = static_cast<uint64_t>(file_size - phys % file_size);
  if (left < k_blank_min) return 0;
  bool blank = protocol::load_u32(chars(at) + k_at_magic) == k_magic_blank;
  *is_message = !blank;
  if (blank) return protocol::load_u32(chars(at)) == space && space <= left ? space : 0;
  if (parse_record(at, std::min(space, left), with_crc, r) != record_kind::message) return 0;
  return r->phys == phys && r->size + k_blank_min <= space ? r->size : 0;
}

}  // namespace

status appender::check_raw(int64_t phys, stn_slice bytes, uint32_t *n) const {
  *n = 0;
  const auto *at = static_cast<const uint8_t *>(bytes.data);
  for (uint64_t done = 0; done < bytes.len;) {
    record_view r{};
    bool is_message = false;
    int64_t here = phys + static_cast<int64_t>(done);
    uint64_t step =
        step_over(at + done, bytes.len - done, here, p_.segments.size(), true, &r, &is_message);
    if (step == 0) {
      return {STN_E_CORRUPT, "no whole record of position " + std::to_string(here)};
    }
    *n += is_message ? 1 : 0;
    done += step;
  }
  return {};
}

stn_status appender::append_raw(int64_t phys, stn_slice bytes, stn_error *err) {
  uint32_t n = 0;
  if (bytes.len == 0) return STN_OK;
  if (status s = check_raw(phys, bytes, &n); !s.ok()) return s.to_abi(err);
  const int64_t end = phys + static_cast<int64_t>(bytes.len);
  if (status s = p_.segments.ensure(end + 1); !s.ok()) {
    if (s.code() == STN_E_IO) p_.commit.fail(s);
    if (s.code() == STN_E_NO_SPACE) p_.state.fill();
    return s.to_abi(err);
  }
  scratch_use use;
  scratch &s = use.get();
  s.arrivals.clear();
  s.waiters.clear();
  {
    std::lock_guard lock(p_.state.append_mu);
    if (stn_status why = why_not(n, err); why != STN_OK) return why;
    if (p_.state.end.load() != phys) return stn_error_set(err, STN_E_RANGE, "not the log's end");
    copy_raw(phys, bytes, s);
    p_.state.end.store(end, std::memory_order_release);
    if (p_.commit.is_sync()) {
      p_.commit.add(s.waiters.data(), static_cast<uint32_t>(s.waiters.size()));
    }
  }
  p_.stats.appended_messages.fetch_add(n, std::memory_order_relaxed);
  p_.stats.appended_bytes.fetch_add(end - phys, std::memory_order_relaxed);
  p_.ahead.kick();
  if (p_.commit.is_sync()) p_.commit.wake();
  for (const arrival_watch &w : watches_) {
    if (s.arrivals.empty()) break;
    w.on(w.user, s.arrivals.data(), static_cast<uint32_t>(s.arrivals.size()));
  }
  return STN_OK;
}

// Under append_mu; everything was checked and the files are there.
void appender::copy_raw(int64_t phys, stn_slice bytes, scratch &s) {
  const auto *from = static_cast<const uint8_t *>(bytes.data);
  for (uint64_t done = 0; done < bytes.len;) {
    int64_t here = phys + static_cast<int64_t>(done);
    if (!tail_.holds(here)) {
      result<segment_pin> pin = p_.segments.pin(here);
      if (!pin.ok()) {
        p_.commit.fail(pin.error());
        return;
      }
      tail_ = std::move(pin.value());
    }
    record_view r{};
    bool is_message = false;
    uint64_t step =
        step_over(from + done, bytes.len - done, here, p_.segments.size(), false, &r, &is_message);
    std::memcpy(tail_->at(here), from + done, step);
    if (is_message) take_raw(r, s);
    done += step;
  }
}

// The record gets its place in its queue, as recovery gives it.
void appender::take_raw(const record_view &r, scratch &s) {
  p_.state.last_store_ms.store(std::max(p_.state.last_store_ms.load(), r.store_ms));
  result<uint32_t> topic = p_.queues.intern(r.topic);
  bool wanted = has_queue_entry(r.sysflag) && topic.ok() && r.queue_offset >= 0;
  consume_queue *q = wanted ? p_.queues.get(topic.value(), r.queue) : nullptr;
  const int64_t phys_end = r.phys + r.size;
  waiter w{nullptr, 0, 0, phys_end, nullptr, nullptr, {}, mono_ns()};
  if (q != nullptr && r.queue_offset >= q->next()) {
    int64_t before = q->next();
    if (r.queue_offset > before && q->fill_to(r.queue_offset)) p_.queues.add_dirty(q);
    if (r.queue_offset == q->next()) {
      int64_t delay = -1;
      int64_t tag = tag_column(r.topic, r.queue, r.props, tags_, &delay);
      if (delay >= 0) tag = r.store_ms + delay;
      if (q->push({r.phys, r.size, tag})) p_.queues.add_dirty(q);
      w.queue = q;
      w.next_offset = q->next();
      w.tag = tag;
    }
    p_.state.entries.fetch_add(q->next() - before, std::memory_order_relaxed);
  }
  if (p_.commit.is_sync()) {
    s.waiters.push_back(w);
  } else if (w.queue != nullptr) {
    q->set_visible(w.next_offset);
    s.arrivals.push_back({topic.value(), r.queue, w.next_offset, w.tag});
  }
}

}  // namespace stn::store_mmap
