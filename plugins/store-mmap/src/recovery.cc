#include "recovery.h"

#include <algorithm>

#include "background.h"

namespace stn::store_mmap {
namespace {

constexpr int64_t k_clean_files_checked =
    3;  // of a directory without positions, as the original does
constexpr int64_t k_checkpoint_slack_ms = 3000;

constexpr int64_t k_sector = 512;  // a disk writes these whole or not at all

// Does a sector's whole share of the text read as zero?
bool has_zero_sector(std::string_view text, int64_t phys) {
  while (!text.empty()) {
    size_t n = std::min(text.size(), static_cast<size_t>(k_sector - phys % k_sector));
    if (text.substr(0, n).find_first_not_of('\0') == std::string_view::npos) return true;
    text.remove_prefix(n);
    phys += static_cast<int64_t>(n);
  }
  return false;
}

bool is_followed(const segment_pin &pin, const record_view &r) {
  int64_t next = r.phys + r.size;
  record_view after{};
  if (next >= pin->end()) return false;
  record_kind kind = parse_record(pin->at(next), pin->space(next), true, &after);
  return kind == record_kind::blank || (kind == record_kind::message && after.phys == next);
}

// The checksum covers the body only. What never reached the disk reads as zero: sectors anywhere in topic or properties,
// or the end of the last record. Zeroes that a producer put into its properties do neither.
bool is_torn(const segment_pin &pin, const record_view &r) {
  auto position = [&](std::string_view v) {
    return r.phys + (reinterpret_cast<const uint8_t *>(v.data()) - pin->at(r.phys));
  };
  if (has_zero_sector(r.topic, position(r.topic))) return true;
  if (has_zero_sector(r.props, position(r.props))) return true;
  char last = r.props.empty() ? r.topic.back() : r.props.back();
  return last == '\0' && !is_followed(pin, r);
}

}  // namespace

recovery::recovery(file_io &files, segment_set &segments, queue_table &queues, const settings &s,
                   log_state &state)
    : files_(files),
      segments_(segments),
      queues_(queues),
      settings_(s),
      state_(state),
      tags_{s.delay_ms.data(), s.delay_ms.size()} {}

status recovery::run(bool unclean, recovery_report *out) {
  result<checkpoint> c = checkpoint::load(files_, settings_.dir + "/checkpoint");
  if (!c.ok()) return c.error();
  if (status s = segments_.load(); !s.ok()) return s;
  result<int64_t> from = start_position(c.value(), unclean);
  if (!from.ok()) return from.error();
  out->unclean = unclean;
  out->foreign = !c.value().exact;
  out->from = from.value();
  segments_.set_durable(from.value());
  const uint64_t begin = mono_ms();
  bool zero_tails = unclean || !c.value().exact || !c.value().clean;
  if (status s = queues_.load(from.value(), segments_.first(), zero_tails); !s.ok()) return s;
  if (c.value().exact && from.value() == c.value().log_end &&
      c.value().entries != k_entries_unknown && queues_.entries() != c.value().entries) {
    // Files are missing, or hold entries of records that are no more: none is believed but those of messages that
    // retention has removed, which alone know how far their queues had come.
    out->queues_lost = true;
    out->from = segments_.first();
    status s = queues_.load(out->from, out->from, true);
    if (!s.ok()) return s;
  }
  state_.last_store_ms = std::max(state_.last_store_ms.load(), c.value().log_ms);
  known_end_ = c.value().exact ? std::min(c.value().log_end, segments_.end()) : 0;
  const uint64_t queues_done = mono_ms();
  if (status s = replay(out->from, out); !s.ok()) return s;
  const uint64_t records_done = mono_ms();
  if (zero_tails || out->end < segments_.end()) {
    if (status s = segments_.cut(out->end); !s.ok()) return s;
  }
  out->queues_ms = queues_done - begin;
  out->records_ms = records_done - queues_done;
  out->cut_ms = mono_ms() - records_done;
  state_.end = out->end;
  state_.trusted = std::max(out->from, known_end_);
  for (consume_queue *q : queues_.all()) {
    // Of a whole log nothing was removed: an empty queue begins with its first message.
    if (segments_.first() == 0 && q->min() == q->next()) q->restart_at(0);
    q->set_visible(q->next());
  }
  state_.entries = queues_.entries();
  return {};
}

// Behind this position nothing on the disk is believed without a look.
result<int64_t> recovery::start_position(const checkpoint &c, bool unclean) {
  int64_t first = segments_.first();
  if (segments_.empty()) return first;
  if (c.exact && c.log_end >= first && c.log_end <= segments_.end()) return c.log_end;
  int64_t size = segments_.size();
  int64_t last = segments_.end() - size;
  if (!unclean) return std::max(first, last - (k_clean_files_checked - 1) * size);
  int64_t known_ms = std::min(c.log_ms, c.queue_ms) - k_checkpoint_slack_ms;
  for (int64_t base = last; base > first; base -= size) {
    result<segment_pin> pin = segments_.pin(base);
    if (!pin.ok()) return pin.error();
    record_view r{};
    record_kind kind = parse_record(pin.value()->at(base), pin.value()->space(base), false, &r);
    if (kind == record_kind::message && r.phys == base && r.store_ms <= known_ms) return base;
  }
  return first;
}

status recovery::replay(int64_t from, recovery_report *out) {
  int64_t at = from;
  segment_pin pin;
  for (;;) {
    out->end = at;
    if (at >= segments_.end()) return {};
    if (!pin.holds(at)) {
      result<segment_pin> next = segments_.pin(at);
      if (!next.ok()) return next.error();
      pin = std::move(next.value());
    }
    record_view r{};
    record_kind kind = parse_record(pin->at(at), pin->space(at), true, &r);
    if (kind == record_kind::blank) {
      at += static_cast<int64_t>(pin->space(at));
      continue;
    }
    bool good = kind == record_kind::message && r.phys == at && !is_torn(pin, r);
    if (!good && at < known_end_) {
      out->damaged++;
      at = behind_damage(pin, at);
      continue;
    }
    if (!good) {
      if (kind != record_kind::end) out->cut_bytes = pin->end() - at;
      return {};
    }
    dispatch(r, out);
    at += r.size;
  }
}

// What the checkpoint knows to be there does not end at a damaged record: the next one that is whole goes on.
int64_t recovery::behind_damage(const segment_pin &pin, int64_t at) const {
  int64_t limit = std::min(pin->end(), known_end_);
  for (at++; at + int64_t{k_record_fixed} <= limit; at++) {
    uint32_t magic = protocol::load_u32(chars(pin->at(at)) + k_at_magic);
    if (magic != k_magic_v1 && magic != k_magic_v2 && magic != k_magic_blank) continue;
    record_view r{};
    record_kind kind = parse_record(pin->at(at), pin->space(at), true, &r);
    if (kind == record_kind::blank || (kind == record_kind::message && r.phys == at)) return at;
  }
  return limit;
}

void recovery::dispatch(const record_view &r, recovery_report *out) {
  out->records++;
  state_.last_store_ms = std::max(state_.last_store_ms.load(), r.store_ms);
  if (!has_queue_entry(r.sysflag)) return;
  result<uint32_t> topic = queues_.intern(r.topic);
  consume_queue *q = topic.ok() ? queues_.get(topic.value(), r.queue) : nullptr;
  if (q == nullptr || r.queue_offset < 0) {
    out->refused_entries++;
    return;
  }
  // Files without an entry do not tell where a queue begins: a crash may have lost the name of the one before.
  if (q->min() == q->next() && r.queue_offset < q->next()) q->restart_at(r.queue_offset);
  if (r.queue_offset < q->next()) return;  // its entry is in the files already
  if (r.queue_offset > q->next() && q->fill_to(r.queue_offset)) queues_.add_dirty(q);
  if (r.queue_offset != q->next()) {
    out->refused_entries++;
    return;
  }
  int64_t delay = -1;
  int64_t tag = tag_column(r.topic, r.queue, r.props, tags_, &delay);
  if (delay >= 0) tag = r.store_ms + delay;
  if (q->push({r.phys, r.size, tag})) queues_.add_dirty(q);
}

}  // namespace stn::store_mmap
