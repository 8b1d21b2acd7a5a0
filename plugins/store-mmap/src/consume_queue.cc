#include "consume_queue.h"

#include <algorithm>
#include <cstring>

#include "stanchion/sdk/host.h"

namespace stn::store_mmap {
namespace {

constexpr int64_t k_ring_min = 16;
constexpr int64_t k_ring_kept = 64;

// Rings that grew while their files could not be written are counted; the few entries of each queue are not.
int64_t beyond_kept(int64_t capacity) {
  return std::max<int64_t>(0, capacity - k_ring_kept) * static_cast<int64_t>(k_entry_size);
}

}  // namespace

consume_queue::consume_queue(queue_files &files, uint32_t topic, int32_t id, std::string dir,
                             uint64_t serial)
    : files_(files), topic_(topic), id_(id), dir_(std::move(dir)), serial_(serial) {}

consume_queue::~consume_queue() { files_.stats().queue_memory -= beyond_kept(capacity_); }

// The ring holds what no file has, however much that is, and beyond it the newest entries that fit.
void consume_queue::grow_locked() { resize_locked(capacity_ == 0 ? k_ring_min : capacity_ * 2); }

void consume_queue::resize_locked(int64_t capacity) {
  std::unique_ptr<uint8_t[]> ring(new uint8_t[static_cast<size_t>(capacity) * k_entry_size]);
  oldest_ = std::max(oldest_, newest_ - capacity);
  for (int64_t o = oldest_; o < newest_; o++) {
    std::memcpy(ring.get() + (o & (capacity - 1)) * k_entry_size, slot(o), k_entry_size);
  }
  files_.stats().queue_memory += beyond_kept(capacity) - beyond_kept(capacity_);
  ring_ = std::move(ring);
  capacity_ = capacity;
}

bool consume_queue::push(const queue_entry &e) {
  bool given = false;
  return push_all([&](queue_entry *out) {
    *out = e;
    return !std::exchange(given, true);
  });
}

void consume_queue::reset_locked(int64_t offset) { oldest_ = written_ = newest_ = next_ = offset; }

void consume_queue::restart_at(int64_t offset) {
  std::lock_guard lock(mu_);
  reset_locked(offset);
  set_min(offset);
  set_visible(offset);
}

bool consume_queue::fill_to(int64_t offset) {
  if (next_ == 0) {
    restart_at(offset);
    return false;
  }
  if (offset - next_ > files_.entries_per_file()) return false;
  bool dirty = false;
  while (next_ < offset) dirty |= push({0, k_filler_size, 0});
  return dirty;
}

// 0 if `from` is older than the ring; *oldest tells where the ring begins.
uint32_t consume_queue::read_ring(int64_t from, uint32_t n, uint8_t *raw, int64_t *oldest) {
  std::lock_guard lock(mu_);
  *oldest = oldest_;
  if (from < oldest_ || from >= newest_) return 0;
  n = static_cast<uint32_t>(std::min<int64_t>(n, newest_ - from));
  int64_t at = from & (capacity_ - 1);
  auto first = static_cast<uint32_t>(std::min<int64_t>(n, capacity_ - at));
  std::memcpy(raw, slot(from), first * k_entry_size);
  if (n > first) std::memcpy(raw + first * k_entry_size, ring_.get(), (n - first) * k_entry_size);
  return n;
}

status consume_queue::read(int64_t from, uint32_t n, int64_t limit, bool no_wait, uint8_t *raw,
                           uint32_t *got) {
  *got = 0;
  if (from >= limit) return {};
  n = static_cast<uint32_t>(std::min<int64_t>(n, limit - from));
  int64_t oldest = 0;
  *got = read_ring(from, n, raw, &oldest);
  if (*got != 0 || from >= oldest) return {};
  int64_t per_file = files_.entries_per_file();
  int64_t at = from % per_file;
  // What the ring holds need not be in a file yet.
  n = static_cast<uint32_t>(std::min<int64_t>({n, per_file - at, oldest - from}));
  return files_.read({serial_, from / per_file}, dir_, at, n, raw, no_wait, got);
}

result<queue_entry> consume_queue::entry(int64_t offset) {
  uint8_t raw[k_entry_size];
  uint32_t got = 0;
  if (status s = read(offset, 1, offset + 1, false, raw, &got); !s.ok()) return s;
  if (got != 1) return status(STN_E_RANGE, "no such entry");
  return load_entry(raw);
}

uint32_t consume_queue::copy_unwritten(uint8_t *raw, uint32_t cap, int64_t *first) {
  std::lock_guard lock(mu_);
  auto n = static_cast<uint32_t>(std::min<int64_t>(cap, newest_ - written_));
  for (uint32_t i = 0; i < n; i++) {
    std::memcpy(raw + i * k_entry_size, slot(written_ + i), k_entry_size);
  }
  *first = written_;
  if (n == 0) dirty_ = false;
  if (n == 0 && capacity_ > k_ring_kept && files_.is_memory_short()) resize_locked(k_ring_kept);
  return n;
}

status consume_queue::write_out(write_buffer &buffer, bool *created) {
  for (;;) {
    int64_t first = 0;
    uint32_t n = copy_unwritten(buffer.raw.data(), write_buffer::k_entries, &first);
    if (n == 0) return {};
    int64_t room = files_.entries_per_file() - first % files_.entries_per_file();
    n = static_cast<uint32_t>(std::min<int64_t>(n, room));
    if (status s = write_file_part(first, buffer, n, created); !s.ok()) return s;
    std::lock_guard lock(mu_);
    written_ = first + n;
  }
}

status consume_queue::write_file_part(int64_t first, write_buffer &buffer, uint32_t n,
                                      bool *created) {
  int64_t file = first / files_.entries_per_file();
  int64_t at = first % files_.entries_per_file();
  bool fresh = false;
  status s = files_.write({serial_, file}, dir_, at, n, buffer.raw.data(), &fresh);
  if (s.ok() && fresh && at != 0) s = write_fillers(file, at, buffer, &fresh);
  *created |= fresh;
  if (unsynced_from_ < 0 || first < unsynced_from_) unsynced_from_ = first;
  return s;
}

// A file whose first message is not in its first slot: the slots before it are marked, as the original does. The
// buffer's entries are in the file already.
status consume_queue::write_fillers(int64_t file, int64_t slots, write_buffer &buffer,
                                    bool *created) {
  uint8_t *raw = buffer.raw.data();
  for (uint32_t i = 0; i < write_buffer::k_entries; i++) {
    store_entry(raw + i * k_entry_size, {0, k_filler_size, 0});
  }
  for (int64_t at = 0; at < slots; at += write_buffer::k_entries) {
    auto n = static_cast<uint32_t>(std::min<int64_t>(write_buffer::k_entries, slots - at));
    if (status s = files_.write({serial_, file}, dir_, at, n, raw, created); !s.ok()) return s;
  }
  return {};
}

status consume_queue::sync_files() {
  if (dir_changed_) {
    status s = files_.io().sync_dir(dir_);
    if (!s.ok() && s.code() != STN_E_NOT_FOUND) return s;
    dir_changed_ = false;
  }
  if (unsynced_from_ < 0) return {};
  int64_t written = 0;
  {
    std::lock_guard lock(mu_);
    written = written_;
  }
  int64_t first = unsynced_from_ / files_.entries_per_file();
  int64_t last = std::max(first, (written - 1) / files_.entries_per_file());
  for (int64_t file = first; file <= last; file++) {
    status s = files_.sync({serial_, file}, dir_);
    if (!s.ok() && s.code() != STN_E_NOT_FOUND) return s;
  }
  unsynced_from_ = -1;
  return {};
}

}  // namespace stn::store_mmap
