#include "store_check.h"

#include <algorithm>

#include "index_file.h"
#include "log_sums.h"
#include "segment_set.h"
#include "stanchion/protocol/properties.h"

namespace stn::store_mmap {
namespace {

constexpr int64_t k_sector = log_sums::k_sector;

std::string text(int64_t v) { return std::to_string(v); }

uint32_t sector_sum(const uint8_t *at, int64_t n) {
  std::vector<uint8_t> padded(at, at + n);
  padded.resize(k_sector);
  uint32_t sum = body_crc(padded.data(), padded.size());
  return sum == 0 ? 1 : sum;
}

}  // namespace

void store_check::complain(const std::string &path, int64_t at, const std::string &what) {
  totals_.problems++;
  on_problem_(path + " +" + text(at) + ": " + what);
}

check_totals store_check::run() {
  check_log();
  for (const store_files::queue &q : store_.queues()) check_queue(q);
  check_lengths();
  for (const auto &name : store_.names("index")) check_index(name, store_.read("index/" + name));
  return totals_;
}

void store_check::check_log() {
  check_names();
  int64_t at = store_.first();
  while (at >= 0 && at < store_.end()) at = check_record(at);
  for (const store_files::log_file &f : store_.log()) check_sums(f);
}

void store_check::check_names() {
  int64_t expected = store_.first();
  uint64_t size = store_.log().front().size;
  for (const store_files::log_file &f : store_.log()) {
    totals_.log_files++;
    if (f.base != expected) {
      complain("commitlog/" + f.name, 0, "a file named " + text(expected) + " is missing");
    }
    if (f.size != size) {
      complain("commitlog/" + f.name, 0,
               text(static_cast<int64_t>(f.size)) + " bytes, the first file has " +
                   text(static_cast<int64_t>(size)));
    }
    expected = f.base + static_cast<int64_t>(size);
  }
}

// Returns where the next record is, -1 at the end of the log.
int64_t store_check::check_record(int64_t at) {
  uint64_t left = 0;
  const uint8_t *data = store_.at(at, &left);
  if (data == nullptr) return -1;
  record_view r{};
  switch (parse_record(data, left, false, &r)) {
    case record_kind::blank:
      return at + static_cast<int64_t>(left);
    case record_kind::end:
      if (at >= store_.saved().log_end || !store_.saved().exact) return -1;
      return skip_damage(at);
    case record_kind::damaged:
      return skip_damage(at);
    case record_kind::message:
      break;
  }
  if (r.phys != at) return skip_damage(at);
  totals_.records++;
  totals_.log_end = at + r.size;
  if (body_crc(r.body.data(), r.body.size()) != r.crc) {
    complain("commitlog", at,
             "the body does not match its CRC: " + std::string(r.topic) + "/" + text(r.queue) +
                 " offset " + text(r.queue_offset));
  }
  check_order(r);
  return at + r.size;
}

// Looks for the next place that holds a record of its own position.
int64_t store_check::skip_damage(int64_t at) {
  for (int64_t next = at + 1; next < store_.end(); next++) {
    uint64_t left = 0;
    const uint8_t *data = store_.at(next, &left);
    if (data == nullptr || left < k_record_fixed) continue;
    uint32_t magic = protocol::load_u32(chars(data) + k_at_magic);
    if (magic != k_magic_v1 && magic != k_magic_v2) continue;
    record_view r{};
    if (parse_record(data, left, true, &r) != record_kind::message || r.phys != next) continue;
    complain("commitlog", at, "no record can be read; the next one is at " + text(next));
    return next;
  }
  complain("commitlog", at, "no record can be read, and none follows");
  return -1;
}

void store_check::check_order(const record_view &r) {
  if (!has_queue_entry(r.sysflag)) return;
  queue_state &q = in_log_[{std::string(r.topic), r.queue}];
  if (q.next >= 0 && r.queue_offset != q.next) {
    complain("commitlog", r.phys,
             std::string(r.topic) + "/" + text(r.queue) + ": offset " + text(r.queue_offset) +
                 " where " + text(q.next) + " is expected");
  }
  q.next = r.queue_offset + 1;
  if (store_.saved().exact && r.phys < store_.saved().log_end) q.known = q.next;
}

void store_check::check_sums(const store_files::log_file &f) {
  if (!store_.saved().exact) return;
  int64_t end = std::min(store_.saved().log_end, f.base + static_cast<int64_t>(f.size));
  for (int64_t at = f.base; at < end; at += k_sector) {
    auto slot = static_cast<size_t>((at - f.base) / k_sector * 4);
    bool is_tail = at + k_sector > store_.saved().log_end;
    uint32_t sum = is_tail                     ? store_.saved().tail_sum
                   : slot + 4 <= f.sums.size() ? protocol::load_u32(chars(f.sums.data() + slot))
                                               : 0;
    int64_t n = std::min(k_sector, end - at);
    if (sum != 0 && sum != sector_sum(f.map.data + (at - f.base), n)) {
      complain("commitlog", at, "512 bytes do not match their sum");
    }
  }
}

void store_check::check_queue(const store_files::queue &q) {
  totals_.queues++;
  bool ended = false;
  for (const file_entry &f : q.files) {
    std::string path = q.dir + "/" + f.name;
    int64_t first = parse_offset_name(f.name) / static_cast<int64_t>(k_entry_size);
    std::vector<uint8_t> raw = store_.read(path);
    if (raw.size() % k_entry_size != 0) complain(path, 0, "not a whole number of entries");
    for (size_t at = 0; at + k_entry_size <= raw.size(); at += k_entry_size) {
      queue_entry e = load_entry(raw.data() + at);
      int64_t offset = first + static_cast<int64_t>(at / k_entry_size);
      if (e.size == 0 && e.phys == 0) {
        ended = true;
        continue;
      }
      if (ended) complain(path, static_cast<int64_t>(at), "an entry behind empty ones");
      ended = false;
      in_queues_[{q.topic, q.id}] = offset + 1;
      if (e.is_filler()) continue;
      totals_.entries++;
      check_entry(q, path, offset, static_cast<int64_t>(at), e);
    }
  }
}

void store_check::check_entry(const store_files::queue &q, const std::string &path, int64_t offset,
                              int64_t byte, const queue_entry &e) {
  if (e.phys < store_.first() && e.phys >= 0) return;  // its message was removed by retention
  uint64_t left = 0;
  record_view r{};
  const uint8_t *data = e.phys < 0 ? nullptr : store_.at(e.phys, &left);
  bool good = data != nullptr && parse_record(data, left, false, &r) == record_kind::message &&
              matches_entry(r, e.size, e.phys, q.id, offset) && r.topic == q.topic;
  std::string where = "offset " + text(offset) + " -> " + text(e.phys) + ": ";
  if (!good) {
    // Behind the checkpoint a start makes entries again.
    if (store_.saved().exact && offset >= in_log_[{q.topic, q.id}].known) return;
    complain(path, byte, where + "no such record there");
    return;
  }
  int64_t delay = -1;
  int64_t tag = tag_column(r.topic, r.queue, r.props, {nullptr, 0}, &delay);
  if (q.topic != k_delay_topic && tag != e.tag)
    complain(path, byte, where + "not the record's tag");
}

// Every record of the log has its entry, up to the checkpoint.
void store_check::check_lengths() {
  for (const auto &[id, state] : in_log_) {
    auto it = in_queues_.find(id);
    int64_t there = it == in_queues_.end() ? 0 : it->second;
    if (there < state.known) {
      complain("consumequeue/" + id.first + "/" + text(id.second),
               there * static_cast<int64_t>(k_entry_size),
               "entries " + text(there) + " to " + text(state.known - 1) + " are missing");
    }
  }
}

bool store_check::has_hash(int64_t phys, int32_t hash) const {
  uint64_t left = 0;
  record_view r{};
  const uint8_t *data = store_.at(phys, &left);
  if (data == nullptr || parse_record(data, left, false, &r) != record_kind::message) return false;
  protocol::property_cursor cursor(r.props);
  for (protocol::property_entry e; cursor.next(&e);) {
    bool unique = e.name == protocol::property::unique_key;
    if (!unique && e.name != protocol::property::keys) continue;
    std::string_view words = e.value;
    while (!words.empty()) {
      size_t n = unique ? words.size() : std::min(words.find(' '), words.size());
      std::string key = std::string(r.topic) + "#" + std::string(words.substr(0, n));
      if (n != 0 && index_hash(key) == hash) return true;
      words.remove_prefix(std::min(n + 1, words.size()));
    }
  }
  return false;
}

void store_check::check_index(const std::string &name, const std::vector<uint8_t> &raw) {
  const std::string path = "index/" + name;
  // The number of slots is not in the file: the original's, unless the size says otherwise.
  index_shape shape;
  if (raw.size() != static_cast<size_t>(shape.bytes())) {
    on_problem_(path + ": not of the usual size, not looked at");
    return;
  }
  int32_t count = protocol::load_i32(chars(raw.data() + 36));
  if (count < 1 || count > shape.entries) {
    complain(path, 36, "the number of entries cannot be true: " + text(count));
    return;
  }
  for (int32_t n = 1; n < count; n++) {
    int64_t at = shape.entry_at(n);
    const char *p = chars(raw.data() + at);
    int64_t phys = protocol::load_i64(p + 4);
    int32_t previous = protocol::load_i32(p + 16);
    totals_.index_entries++;
    if (previous < 0 || previous >= n) complain(path, at, "the chain leads to " + text(previous));
    if (phys < store_.first()) continue;
    if (!has_hash(phys, protocol::load_i32(p))) {
      complain(path, at, "no record with such a key at " + text(phys));
    }
  }
}

}  // namespace stn::store_mmap
