#include "log_sums.h"

#include <algorithm>
#include <array>
#include <vector>

#include "record.h"
#include "stanchion/protocol/bytes.h"

namespace stn::store_mmap {
namespace {

constexpr int64_t k_sum_size = 4;
constexpr int64_t k_window = 512;  // sums read at once
constexpr int64_t k_step = 8192;   // sums written at once

std::atomic<uint64_t> g_version{
    1};  // of all stores of the process: a window knows whose it is by it

constexpr int64_t k_sector_size = log_sums::k_sector;

// 0 means "not known", so a sum that comes out as 0 is written as 1.
uint32_t sum_of(const segment_pin &pin, int64_t sector, int64_t end) {
  std::array<uint8_t, k_sector_size> padded;
  const uint8_t *at = pin->at(sector);
  if (end - sector < k_sector_size) {
    padded.fill(0);
    std::copy(at, at + (end - sector), padded.begin());
    at = padded.data();
  }
  uint32_t sum = body_crc(at, k_sector_size);
  return sum == 0 ? 1 : sum;
}

int64_t round_down(int64_t phys) { return phys - phys % log_sums::k_sector; }

}  // namespace

// Sums as read from a file, kept per thread: neighbours are usually checked next.
struct log_sums::window {
  uint64_t version = 0;
  int64_t first = 0;  // position of the first sector
  int64_t end = 0;
  std::array<uint8_t, k_window * k_sum_size> raw;

  uint32_t sum(int64_t sector) const {
    auto slot = static_cast<size_t>((sector - first) / k_sector * k_sum_size);
    return protocol::load_u32(reinterpret_cast<const char *>(raw.data() + slot));
  }
};

log_sums::log_sums(file_io &files, segment_set &segments, const settings &s)
    : files_(files), segments_(segments), dir_(s.dir + "/sums"), version_(g_version++) {}

status log_sums::load(int64_t end, uint32_t tail_sum) {
  end_ = tail_sum != 0 ? end : round_down(end);
  tail_sum_ = tail_sum;
  version_ = g_version++;
  return files_.make_dirs(dir_);
}

status log_sums::discard(int64_t end) {
  std::vector<file_entry> found;
  status s = files_.list(dir_, &found);
  for (const file_entry &f : found) {
    if (s.ok() && parse_offset_name(f.name) >= 0) s = files_.remove(dir_ + "/" + f.name);
  }
  if (!s.ok() && s.code() != STN_E_NOT_FOUND) return s;
  if (s = load(end, 0); !s.ok()) return s;
  return files_.sync_dir(dir_);
}

void log_sums::cut(int64_t phys) {
  end_ = std::min(end_.load(), round_down(phys));
  version_ = g_version++;
}

status log_sums::drop_below(int64_t first) {
  std::vector<file_entry> found;
  status s = files_.list(dir_, &found);
  for (const file_entry &f : found) {
    int64_t base = parse_offset_name(f.name);
    if (s.ok() && base >= 0 && base < first) s = files_.remove(dir_ + "/" + f.name);
  }
  return s;
}

status log_sums::update(int64_t end) {
  if (first_ != segments_.first()) {
    if (status s = drop_below(segments_.first()); !s.ok()) return s;
    first_ = segments_.first();
  }
  const int64_t before = end_.load();
  if (end <= before) return {};
  // The last sector is about to get another sum: meanwhile it has none.
  cut(before);
  int64_t from = std::max(end_.load(), first_);
  bool fresh = from == first_;
  for (int64_t at = from; at < round_down(end);) {
    int64_t to = std::min(round_down(end), segments_.start_of(at) + segments_.size());
    fresh |= segments_.start_of(at) == at;
    if (status s = write_segment(at, to); !s.ok()) return std::move(s).prefix("sums of the log");
    at = to;
  }
  tail_sum_ = 0;
  if (end != round_down(end)) {
    result<segment_pin> pin = segments_.pin(end);
    if (!pin.ok()) return pin.error();
    tail_sum_ = sum_of(pin.value(), round_down(end), end);
  }
  end_ = end;
  version_ = g_version++;
  return fresh ? files_.sync_dir(dir_) : status();
}

status log_sums::write_segment(int64_t from, int64_t to) {
  result<segment_pin> pin = segments_.pin(from);
  if (!pin.ok()) return pin.error();
  int64_t base = pin.value()->base();
  result<file_io::handle> h = files_.open(path_of(base), open_mode::create);
  if (!h.ok()) return h.error();
  std::vector<uint8_t> raw;
  status s;
  int64_t first = from;
  for (int64_t at = from; at < to && s.ok();) {
    raw.resize(raw.size() + k_sum_size);
    char *slot = reinterpret_cast<char *>(raw.data() + raw.size() - k_sum_size);
    protocol::store_u32(slot, sum_of(pin.value(), at, to));
    at += k_sector;
    if (at < to && raw.size() < k_step * k_sum_size) continue;
    auto offset = static_cast<uint64_t>((first - base) / k_sector * k_sum_size);
    s = files_.write(h.value(), offset, raw.data(), raw.size());
    raw.clear();
    first = at;
  }
  if (s.ok()) s = files_.sync(h.value());
  files_.close(h.value());
  return s;
}

status log_sums::read_window(const segment_pin &pin, int64_t sector, bool no_wait,
                             window *w) const {
  w->version = 0;
  w->raw.fill(0);
  int64_t base = pin->base();
  w->first = base + (sector - base) / (k_window * k_sector) * (k_window * k_sector);
  w->end = std::min(w->first + k_window * k_sector, pin->end());
  result<file_io::handle> h = files_.open(path_of(base), open_mode::read);
  if (!h.ok() && h.error().code() != STN_E_NOT_FOUND) return h.error();
  status s;
  if (h.ok()) {
    size_t got = 0;
    auto offset = static_cast<uint64_t>((w->first - base) / k_sector * k_sum_size);
    s = files_.read(h.value(), offset, w->raw.data(), w->raw.size(), no_wait, &got);
    files_.close(h.value());
  }
  return s;
}

stn_status log_sums::check(const segment_pin &pin, int64_t phys, uint32_t n, bool no_wait) const {
  thread_local window w;
  const uint64_t version = version_.load(std::memory_order_acquire);
  const int64_t end = end_.load(std::memory_order_acquire);
  for (int64_t sector = round_down(phys); sector < std::min<int64_t>(phys + n, end);
       sector += k_sector) {
    const bool is_tail = sector == round_down(end);
    if (!is_tail && (w.version != version || sector < w.first || sector >= w.end)) {
      status s = read_window(pin, sector, no_wait, &w);
      if (s.code() == STN_E_AGAIN) return STN_E_AGAIN;
      if (!s.ok()) return STN_OK;  // without sums the record's own checks have to do
      w.version = version;
    }
    uint32_t sum = is_tail ? tail_sum_.load() : w.sum(sector);
    if (sum != 0 && sum != sum_of(pin, sector, std::min(end, sector + k_sector))) {
      // A checkpoint may have moved on meanwhile.
      if (version_.load(std::memory_order_acquire) != version) return check(pin, phys, n, no_wait);
      return STN_E_CORRUPT;
    }
  }
  return STN_OK;
}

}  // namespace stn::store_mmap
