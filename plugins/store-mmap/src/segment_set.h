// segment_set.h - the files of the commit log: which there are, which are mapped, and the ones made ahead.
//
// Files are `commitlog/<20-digit start>` of one size each, contiguous. At most a bounded number is mapped; the least
// recently used ones go, never those with bytes that are not yet on the disk. Locks: grow_mu_ (one maker of files) before
// mu_ (look-ups, map and unmap); nothing else is locked under them. [any] unless a function says more.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "file_io.h"
#include "segment.h"
#include "settings.h"

namespace stn::store_mmap {

class segment_set {
 public:
  segment_set(file_io &files, const settings &s, counters &stats);
  ~segment_set();

  // Reads the directory. Files of another size at the end are leftovers of a crash and removed; a hole in the names or a
  // wrong size elsewhere is STN_E_CORRUPT. [ctrl]
  status load();
  bool empty() const;
  int64_t first() const { return first_.load(std::memory_order_acquire); }
  int64_t end() const;  // where the next file would start
  int64_t size() const { return size_; }
  int64_t start_of(int64_t phys) const { return phys - phys % size_; }

  // The segment that holds phys, mapped and pinned. STN_E_NOT_FOUND outside the files.
  result<segment_pin> pin(int64_t phys);
  // Makes files until the log has room up to `phys`: blocks reserved, directory entry on the disk, mapped. May block;
  // callers wait for each other, look-ups go on.
  status ensure(int64_t phys);
  // Lets go of mappings over the bound: those that were not on the disk when the last one was made are by now.
  void trim();
  // Bytes before this position may be unmapped.
  void set_durable(int64_t phys) { durable_.store(phys, std::memory_order_release); }
  // Removes what lies behind `phys`: later files go, the rest of its file reads as zero. No reader may be active. [ctrl]
  status cut(int64_t phys);
  // Removes the oldest file; never the last one. Readers that hold it keep it.
  status drop_first();
  // File times of the oldest file, for retention.
  result<file_entry> oldest();

 private:
  struct slot {
    segment *map = nullptr;
    uint64_t used = 0;
    bool fresh = false;  // made by this run or the tail: mapped for writing
  };

  std::string path_of(int64_t base) const;
  status add_next();
  bool starts_empty(const std::string &path);
  status check_names(std::vector<file_entry> &found);
  result<segment *> map_slot(int64_t base, bool writable);
  // Takes the least recently used mappings over the bound out; the caller lets go of them without the lock.
  std::vector<segment_pin> evict_locked();

  file_io &files_;
  counters &stats_;
  const std::string dir_;
  const int64_t size_;
  const size_t mapped_max_;
  std::mutex grow_mu_;  // before mu_: one maker of files
  mutable std::mutex mu_;
  std::deque<slot> slots_;
  std::atomic<int64_t> first_{0};
  std::atomic<int64_t> durable_{0};
  size_t mapped_ = 0;
  uint64_t tick_ = 0;
};

// The 20-digit name of a file that starts at `offset`; -1 for a name that is none.
std::string offset_name(int64_t offset);
int64_t parse_offset_name(const std::string &name);

}  // namespace stn::store_mmap
