#include "segment_set.h"

#include <algorithm>
#include <charconv>

#include "stanchion/sdk/host.h"

namespace stn::store_mmap {

std::string offset_name(int64_t offset) {
  std::string digits = std::to_string(offset);
  return digits.size() < 20 ? std::string(20 - digits.size(), '0') + digits : digits;
}

int64_t parse_offset_name(const std::string &name) {
  int64_t v = -1;
  const char *end = name.data() + name.size();
  if (name.size() != 20 || name[0] == '-') return -1;
  auto [at, error] = std::from_chars(name.data(), end, v);
  return error == std::errc() && at == end ? v : -1;
}

segment_set::segment_set(file_io &files, const settings &s, counters &stats)
    : files_(files),
      stats_(stats),
      dir_(s.dir + "/commitlog"),
      size_(s.segment_size),
      mapped_max_(static_cast<size_t>(std::max<int64_t>(4, s.mapped_max / s.segment_size))) {}

segment_set::~segment_set() {
  for (slot &s : slots_) {
    if (s.map != nullptr) s.map->unpin(1);
  }
}

std::string segment_set::path_of(int64_t base) const { return dir_ + "/" + offset_name(base); }

bool segment_set::empty() const {
  std::lock_guard lock(mu_);
  return slots_.empty();
}

int64_t segment_set::end() const {
  std::lock_guard lock(mu_);
  return first() + static_cast<int64_t>(slots_.size()) * size_;
}

status segment_set::load() {
  if (status s = files_.make_dirs(dir_); !s.ok()) return s;
  std::vector<file_entry> found;
  if (status s = files_.list(dir_, &found); !s.ok()) return s;
  std::sort(found.begin(), found.end(),
            [](const file_entry &a, const file_entry &b) { return a.name < b.name; });
  if (status s = check_names(found); !s.ok()) return s;
  std::lock_guard lock(mu_);
  slots_.resize(found.size());
  first_ = found.empty() ? 0 : parse_offset_name(found.front().name);
  return {};
}

bool segment_set::starts_empty(const std::string &path) {
  result<file_io::handle> h = files_.open(path, open_mode::read);
  if (!h.ok()) return false;
  uint8_t head[8] = {};
  size_t got = 0;
  status s = files_.read(h.value(), 0, head, sizeof(head), false, &got);
  files_.close(h.value());
  return s.ok() && std::all_of(head, head + sizeof(head), [](uint8_t b) { return b == 0; });
}

// Leaves in `found` exactly the files of the log.
status segment_set::check_names(std::vector<file_entry> &found) {
  std::erase_if(found,
                [](const file_entry &f) { return f.is_dir || parse_offset_name(f.name) < 0; });
  while (!found.empty() && found.back().size < static_cast<uint64_t>(size_)) {
    std::string path = dir_ + "/" + found.back().name;
    if (!starts_empty(path)) break;  // a file of other settings, not a leftover: told below
    if (status s = files_.remove(path); !s.ok()) return s;
    found.pop_back();
  }
  for (size_t i = 0; i < found.size(); i++) {
    int64_t base = parse_offset_name(found[i].name);
    int64_t expected = parse_offset_name(found[0].name) + static_cast<int64_t>(i) * size_;
    if (found[i].size != static_cast<uint64_t>(size_) || base != expected || base % size_ != 0) {
      return {STN_E_CORRUPT, dir_ + "/" + found[i].name + ": " + std::to_string(found[i].size) +
                                 " bytes where a file of " + std::to_string(size_) + " at " +
                                 std::to_string(expected) + " is expected"};
    }
  }
  return {};
}

result<segment *> segment_set::map_slot(int64_t base, bool writable) {
  result<file_io::handle> h =
      files_.open(path_of(base), writable ? open_mode::write : open_mode::read);
  if (!h.ok()) return h.error();
  result<mapping> m = files_.map(h.value(), static_cast<size_t>(size_), writable);
  files_.close(h.value());
  if (!m.ok()) return m.error();
  return new segment(files_, stats_, m.value(), base, writable);
}

result<segment_pin> segment_set::pin(int64_t phys) {
  std::vector<segment_pin> evicted;
  std::lock_guard lock(mu_);
  int64_t index = (phys - first()) / size_;
  if (phys < first() || index >= static_cast<int64_t>(slots_.size())) {
    return status(STN_E_NOT_FOUND, "outside the log");
  }
  slot &s = slots_[static_cast<size_t>(index)];
  s.used = ++tick_;
  if (s.map == nullptr) {
    int64_t base = first() + index * size_;
    bool writable = base + size_ > durable_.load(std::memory_order_acquire);
    result<segment *> mapped = map_slot(base, writable);
    if (!mapped.ok()) return mapped.error();
    s.map = mapped.value();
    mapped_++;
    evicted = evict_locked();
  }
  s.map->pin(1);
  return segment_pin(s.map);
}

std::vector<segment_pin> segment_set::evict_locked() {
  std::vector<segment_pin> out;
  int64_t durable = durable_.load(std::memory_order_acquire);
  while (mapped_ > mapped_max_) {
    // One that is in use would stay mapped all the same until its user lets go.
    auto rank = [](const slot &s) { return std::pair(s.map->is_pinned(), s.used); };
    slot *oldest = nullptr;
    for (slot &s : slots_) {
      bool may_go = s.map != nullptr && s.map->end() <= durable && s.used != tick_;
      if (may_go && (oldest == nullptr || rank(s) < rank(*oldest))) oldest = &s;
    }
    if (oldest == nullptr) break;
    out.emplace_back(oldest->map);
    oldest->map = nullptr;
    mapped_--;
  }
  return out;
}

void segment_set::trim() {
  std::vector<segment_pin> evicted;
  std::lock_guard lock(mu_);
  evicted = evict_locked();
}

status segment_set::ensure(int64_t phys) {
  std::lock_guard lock(grow_mu_);
  while (end() < phys) {
    if (status s = add_next(); !s.ok()) return s;
  }
  return {};
}

status segment_set::add_next() {
  int64_t base = end();
  std::string path = path_of(base);
  result<file_io::handle> h = files_.open(path, open_mode::create);
  if (!h.ok()) return h.error();
  status s = files_.allocate(h.value(), static_cast<uint64_t>(size_));
  if (s.ok()) s = files_.sync(h.value());
  files_.close(h.value());
  if (s.ok()) s = files_.sync_dir(dir_);
  if (!s.ok()) {
    (void)files_.remove(path);
    return std::move(s).prefix("new segment " + path);
  }
  result<segment *> mapped = map_slot(base, true);
  if (!mapped.ok()) return mapped.error();
  std::vector<segment_pin> evicted;
  std::lock_guard lock(mu_);
  STN_CHECK(base == first() + static_cast<int64_t>(slots_.size()) * size_);
  slots_.push_back({mapped.value(), ++tick_, true});
  mapped_++;
  evicted = evict_locked();
  return {};
}

status segment_set::cut(int64_t phys) {
  std::lock_guard grow(grow_mu_);
  std::lock_guard lock(mu_);
  auto end_of = [&] { return first() + static_cast<int64_t>(slots_.size()) * size_; };
  while (!slots_.empty() && end_of() - size_ >= phys && end_of() - size_ > first()) {
    if (slots_.back().map != nullptr) slots_.back().map->unpin(1), mapped_--;
    if (status s = files_.remove(path_of(end_of() - size_)); !s.ok()) return s;
    slots_.pop_back();
    // One after the other: a name that comes back after a crash must not leave a hole.
    if (status s = files_.sync_dir(dir_); !s.ok()) return s;
  }
  if (slots_.empty() || phys >= end_of()) return {};
  // It was mapped for reading as long as nobody was to write there again.
  slot &last = slots_[static_cast<size_t>((phys - first()) / size_)];
  if (last.map != nullptr && !last.map->writable()) {
    last.map->unpin(1);
    last.map = nullptr;
    mapped_--;
  }
  result<file_io::handle> h = files_.open(path_of(start_of(phys)), open_mode::write);
  if (!h.ok()) return h.error();
  status s = files_.zero(h.value(), static_cast<uint64_t>(phys % size_),
                         static_cast<uint64_t>(size_ - phys % size_));
  if (s.ok()) s = files_.sync(h.value());
  files_.close(h.value());
  return s;
}

status segment_set::drop_first() {
  std::string path;
  {
    segment_pin gone;
    std::lock_guard lock(mu_);
    if (slots_.size() < 2) return {STN_E_RANGE, "the last file stays"};
    path = path_of(first());
    if (slots_.front().map != nullptr) gone = segment_pin(slots_.front().map), mapped_--;
    slots_.pop_front();
    first_.fetch_add(size_, std::memory_order_acq_rel);
  }
  if (status s = files_.remove(path); !s.ok()) return s;
  return files_.sync_dir(dir_);  // one after the other, as in cut()
}

result<file_entry> segment_set::oldest() {
  std::vector<file_entry> found;
  if (status s = files_.list(dir_, &found); !s.ok()) return s;
  std::string name = offset_name(first());
  for (const file_entry &f : found) {
    if (f.name == name) return f;
  }
  return status(STN_E_NOT_FOUND, "no files");
}

}  // namespace stn::store_mmap
