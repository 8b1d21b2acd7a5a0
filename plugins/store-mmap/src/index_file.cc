#include "index_file.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/java_string.h"

namespace stn::store_mmap {
namespace {

constexpr int64_t k_reserve_step = 1 << 20;

index_header load_header(const char *p) {
  return {protocol::load_i64(p),      protocol::load_i64(p + 8),  protocol::load_i64(p + 16),
          protocol::load_i64(p + 24), protocol::load_i32(p + 32), protocol::load_i32(p + 36)};
}

void store_header(const index_header &h, char *p) {
  protocol::store_i64(p, h.begin_ms);
  protocol::store_i64(p + 8, h.end_ms);
  protocol::store_i64(p + 16, h.begin_phys);
  protocol::store_i64(p + 24, h.end_phys);
  protocol::store_i32(p + 32, h.slots_used);
  protocol::store_i32(p + 36, h.count);
}

index_entry load_index_entry(const char *p) {
  return {protocol::load_i32(p), protocol::load_i64(p + 4), protocol::load_i32(p + 12),
          protocol::load_i32(p + 16)};
}

int32_t seconds_since(int64_t begin_ms, int64_t store_ms) {
  if (begin_ms <= 0) return 0;
  int64_t seconds = (store_ms - begin_ms) / 1000;
  return static_cast<int32_t>(std::clamp<int64_t>(seconds, 0, std::numeric_limits<int32_t>::max()));
}

}  // namespace

int32_t index_hash(std::string_view topic_and_key) {
  int32_t h = protocol::java_hash(topic_and_key);
  if (h == std::numeric_limits<int32_t>::min()) return 0;
  return h < 0 ? -h : h;
}

index_file::index_file(file_io &files, counters &stats, std::string path, index_shape shape)
    : files_(files), stats_(stats), path_(std::move(path)), shape_(shape) {}

index_file::~index_file() { unmap(); }

status index_file::load() {
  char raw[index_shape::k_header_size];
  if (status s = read_at(0, raw, sizeof(raw)); !s.ok()) return s;
  header_ = load_header(raw);
  if (header_.count <= 0) header_.count = 1;
  if (header_.count > shape_.entries || header_.end_phys < 0 || header_.begin_phys < 0) {
    return {STN_E_CORRUPT, path_ + ": the header cannot be true"};
  }
  return {};
}

status index_file::create(int64_t end_phys, int64_t end_ms) {
  result<file_io::handle> h = files_.open(path_, open_mode::create);
  if (!h.ok()) return h.error();
  handle_ = h.value();
  stats_.open_files.fetch_add(1, std::memory_order_relaxed);
  header_ = index_header();
  header_.begin_phys = header_.end_phys = end_phys;
  header_.begin_ms = header_.end_ms = end_ms;
  status s = files_.extend(handle_, static_cast<uint64_t>(shape_.bytes()));
  if (s.ok()) s = map();
  if (s.ok()) s = reserve(1);
  if (s.ok()) {
    publish();
    s = files_.sync(handle_);
  }
  if (s.ok()) return {};
  unmap();
  (void)files_.remove(path_);
  return s;
}

status index_file::open() {
  if (handle_ >= 0) return {};
  result<file_io::handle> h = files_.open(path_, open_mode::write);
  if (!h.ok()) return h.error();
  handle_ = h.value();
  stats_.open_files.fetch_add(1, std::memory_order_relaxed);
  return {};
}

status index_file::map() {
  if (is_mapped()) return {};
  if (status s = open(); !s.ok()) return s;
  result<mapping> m = files_.map(handle_, static_cast<size_t>(shape_.bytes()), true);
  if (!m.ok()) return m.error();
  map_ = m.value();
  stats_.mapped_bytes.fetch_add(static_cast<int64_t>(map_.size), std::memory_order_relaxed);
  return {};
}

void index_file::unmap() {
  if (is_mapped()) {
    files_.unmap(map_);
    stats_.mapped_bytes.fetch_sub(static_cast<int64_t>(map_.size), std::memory_order_relaxed);
  }
  map_ = mapping();
  if (handle_ >= 0) {
    files_.close(handle_);
    stats_.open_files.fetch_sub(1, std::memory_order_relaxed);
  }
  handle_ = -1;
  reserved_ = 0;
}

// Blocks for the slots and for the entries below `entries`, and some more.
status index_file::reserve(int64_t entries) {
  int64_t needed = shape_.entry_at(std::min(entries + 1, shape_.entries));
  if (needed <= reserved_) return {};
  int64_t to = std::min(needed + k_reserve_step, shape_.bytes());
  if (status s = files_.allocate(handle_, static_cast<uint64_t>(to)); !s.ok()) return s;
  reserved_ = to;
  return {};
}

status index_file::put(int32_t hash, int64_t phys, int64_t store_ms) {
  const int32_t n = header_.count;
  if (status s = reserve(n); !s.ok()) return s;
  int64_t slot = hash % shape_.slots;
  int32_t previous = slot_value(slot);
  if (previous <= 0 || previous > n) previous = 0;
  store(n, {hash, phys, seconds_since(header_.begin_ms, store_ms), previous});
  set_slot(slot, n);
  if (n <= 1) {
    header_.begin_phys = phys;
    header_.begin_ms = store_ms;
  }
  if (previous == 0) header_.slots_used++;
  header_.count++;
  header_.end_phys = phys;
  header_.end_ms = store_ms;
  return {};
}

void index_file::publish() {
  if (is_mapped()) store_header(header_, reinterpret_cast<char *>(map_.data));
}

status index_file::sync() {
  if (!is_mapped()) return {};
  publish();
  auto written = static_cast<size_t>(shape_.entry_at(header_.count));
  return files_.sync_range(map_, 0, std::min(written, map_.size));
}

status index_file::select(const index_search &q, std::vector<int64_t> *out) {
  int32_t n = 0;
  char raw[index_shape::k_entry_bytes];
  if (status s = read_at(shape_.slot_at(q.hash % shape_.slots), raw, sizeof(n)); !s.ok()) return s;
  n = protocol::load_i32(raw);
  while (n > 0 && n < header_.count && out->size() < q.max) {
    if (status s = read_at(shape_.entry_at(n), raw, sizeof(raw)); !s.ok()) return s;
    index_entry e = load_index_entry(raw);
    if (e.seconds < 0) break;
    int64_t at_ms = header_.begin_ms + e.seconds * int64_t{1000};
    // The first entry counts from the end of the file before: its time says nothing.
    bool in_time = n == 1 || (at_ms + 1000 > q.begin_ms && at_ms <= q.end_ms);
    if (e.hash == q.hash && in_time && e.phys < q.below_phys) out->push_back(e.phys);
    if (e.previous >= n || at_ms + 1000 <= q.begin_ms) break;
    n = e.previous;
  }
  return {};
}

status index_file::restore(int64_t count, int64_t phys_limit, int64_t end_ms) {
  if (count < 1 || count > shape_.entries) return {STN_E_CORRUPT, path_ + ": impossible count"};
  if (status s = map(); !s.ok()) return s;
  if (status s = reserve(count); !s.ok()) return s;
  std::memset(map_.data + shape_.slot_at(0), 0,
              static_cast<size_t>(shape_.slots * index_shape::k_slot_size));
  header_.slots_used = 0;
  int64_t last_phys = 0;
  for (int64_t i = 1; i < count; i++) {
    index_entry e = entry(i).value();
    bool is_true = !e.is_empty() && e.hash >= 0 && e.seconds >= 0;
    if (!is_true || e.phys < last_phys || e.phys >= phys_limit) {
      return {STN_E_CORRUPT, path_ + ": entry " + std::to_string(i) + " cannot be true"};
    }
    last_phys = e.phys;
    int64_t slot = e.hash % shape_.slots;
    int32_t previous = slot_value(slot);
    if (e.previous != previous) {
      e.previous = previous;
      store(i, e);
    }
    if (previous == 0) header_.slots_used++;
    set_slot(slot, static_cast<int32_t>(i));
  }
  header_.count = static_cast<int32_t>(count);
  if (count > 1) {
    header_.end_phys = last_phys;
    header_.end_ms = end_ms;
  }
  publish();
  return {};
}

result<int64_t> index_file::first_from(int64_t phys) {
  int64_t low = 1;
  int64_t high = header_.count;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    result<index_entry> e = entry(middle);
    if (!e.ok()) return e.error();
    if (e.value().phys < phys) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

result<index_entry> index_file::entry(int64_t n) {
  char raw[index_shape::k_entry_bytes];
  if (status s = read_at(shape_.entry_at(n), raw, sizeof(raw)); !s.ok()) return s;
  return load_index_entry(raw);
}

status index_file::read_at(int64_t at, void *to, size_t n) {
  if (is_mapped()) {
    std::memcpy(to, map_.data + at, n);
    return {};
  }
  if (status s = open(); !s.ok()) return s;
  size_t got = 0;
  status s = files_.read(handle_, static_cast<uint64_t>(at), to, n, false, &got);
  if (s.ok() && got < n) return {STN_E_CORRUPT, path_ + ": too short"};
  return s;
}

int32_t index_file::slot_value(int64_t slot) const {
  return protocol::load_i32(reinterpret_cast<char *>(map_.data) + shape_.slot_at(slot));
}

void index_file::set_slot(int64_t slot, int32_t value) {
  protocol::store_i32(reinterpret_cast<char *>(map_.data) + shape_.slot_at(slot), value);
}

void index_file::store(int64_t n, const index_entry &e) {
  char *p = reinterpret_cast<char *>(map_.data) + shape_.entry_at(n);
  protocol::store_i32(p, e.hash);
  protocol::store_i64(p + 4, e.phys);
  protocol::store_i32(p + 12, e.seconds);
  protocol::store_i32(p + 16, e.previous);
}

}  // namespace stn::store_mmap
