// segment.h - a mapped file of the commit log, pinned by whoever reads from it.
//
// A pin is one share of the owner; slices that leave the store carry one share each, so a file that is evicted from the
// map or deleted stays readable until its last reader lets go. [any]
#pragma once

#include <atomic>
#include <cstdint>

#include "file_io.h"
#include "settings.h"
#include "stanchion/abi.h"

namespace stn::store_mmap {

class segment : public stn_owner {
 public:
  // Takes the mapping; starts with one share.
  segment(file_io &files, counters &stats, mapping m, int64_t base, bool writable);

  int64_t base() const { return base_; }
  int64_t end() const { return base_ + static_cast<int64_t>(map_.size); }
  bool writable() const { return writable_; }
  uint8_t *at(int64_t phys) const { return map_.data + (phys - base_); }
  uint64_t space(int64_t phys) const { return static_cast<uint64_t>(end() - phys); }
  status sync(size_t offset, size_t n) { return files_.sync_range(map_, offset, n); }
  void populate(size_t offset, size_t n) { files_.populate(map_, offset, n); }
  bool resident(int64_t phys, size_t n) const {
    return files_.resident(map_, static_cast<size_t>(phys - base_), n);
  }

  // By others than the owner.
  bool is_pinned() const { return refs_.load(std::memory_order_relaxed) > 1; }
  void pin(uint32_t n) { refs_.fetch_add(n, std::memory_order_relaxed); }
  void unpin(uint32_t n);

  // Records that were found good since the segment was mapped: one bit per 64 bytes of start position, and no record is
  // that short.
  bool is_checked(int64_t phys) const;
  void set_checked(int64_t phys);

 private:
  ~segment();
  std::atomic<uint64_t> *checked_words() const;

  file_io &files_;
  counters &stats_;
  mapping map_;
  int64_t base_;
  bool writable_;
  std::atomic<uint32_t> refs_{1};
  mutable std::atomic<std::atomic<uint64_t> *> checked_{nullptr};
};

// A pin with a scope.
class segment_pin {
 public:
  segment_pin() = default;
  explicit segment_pin(segment *s) : s_(s) {}
  segment_pin(segment_pin &&o) noexcept : s_(o.s_) { o.s_ = nullptr; }
  segment_pin &operator=(segment_pin &&o) noexcept {
    if (this != &o) {
      reset();
      s_ = o.s_;
      o.s_ = nullptr;
    }
    return *this;
  }
  ~segment_pin() { reset(); }
  void reset() {
    if (s_ != nullptr) s_->unpin(1);
    s_ = nullptr;
  }
  segment *get() const { return s_; }
  segment *operator->() const { return s_; }
  explicit operator bool() const { return s_ != nullptr; }
  bool holds(int64_t phys) const { return s_ != nullptr && phys >= s_->base() && phys < s_->end(); }

 private:
  segment *s_ = nullptr;
};

}  // namespace stn::store_mmap
