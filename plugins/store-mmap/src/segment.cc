#include "segment.h"

#include <cstdlib>

namespace stn::store_mmap {
namespace {

constexpr int64_t k_bytes_per_bit = 64;

const stn_owner_ops k_ops = {{sizeof(stn_owner_ops), STN_VER(1, 0)},
                             [](stn_owner *o, uint32_t n) { static_cast<segment *>(o)->pin(n); },
                             [](stn_owner *o, uint32_t n) { static_cast<segment *>(o)->unpin(n); }};

}  // namespace

segment::segment(file_io &files, counters &stats, mapping m, int64_t base, bool writable)
    : stn_owner{&k_ops}, files_(files), stats_(stats), map_(m), base_(base), writable_(writable) {
  stats_.mapped_bytes.fetch_add(static_cast<int64_t>(m.size), std::memory_order_relaxed);
  stats_.mapped_segments.fetch_add(1, std::memory_order_relaxed);
}

segment::~segment() {
  files_.unmap(map_);
  std::free(checked_.load());
  stats_.mapped_bytes.fetch_sub(static_cast<int64_t>(map_.size), std::memory_order_relaxed);
  stats_.mapped_segments.fetch_sub(1, std::memory_order_relaxed);
}

void segment::unpin(uint32_t n) {
  if (refs_.fetch_sub(n, std::memory_order_acq_rel) == n) delete this;
}

// calloc of this size comes from fresh zero pages: only words that are used cost memory.
std::atomic<uint64_t> *segment::checked_words() const {
  std::atomic<uint64_t> *words = checked_.load(std::memory_order_acquire);
  if (words != nullptr) return words;
  size_t n = map_.size / (k_bytes_per_bit * 64) + 1;
  auto *fresh = static_cast<std::atomic<uint64_t> *>(std::calloc(n, sizeof(uint64_t)));
  if (fresh == nullptr) return nullptr;
  if (checked_.compare_exchange_strong(words, fresh, std::memory_order_acq_rel)) return fresh;
  std::free(fresh);
  return words;
}

bool segment::is_checked(int64_t phys) const {
  std::atomic<uint64_t> *words = checked_words();
  if (words == nullptr) return false;
  auto bit = static_cast<uint64_t>((phys - base_) / k_bytes_per_bit);
  return (words[bit / 64].load(std::memory_order_relaxed) >> (bit % 64) & 1) != 0;
}

void segment::set_checked(int64_t phys) {
  std::atomic<uint64_t> *words = checked_words();
  if (words == nullptr) return;
  auto bit = static_cast<uint64_t>((phys - base_) / k_bytes_per_bit);
  words[bit / 64].fetch_or(uint64_t{1} << (bit % 64), std::memory_order_relaxed);
}

}  // namespace stn::store_mmap
