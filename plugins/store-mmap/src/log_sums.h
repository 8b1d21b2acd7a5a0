// log_sums.h - checksums of the log's sectors: what the record's own CRC leaves out (header, topic, properties).
//
// `sums/<20-digit start>` beside each log file: CRC-32 per 512 bytes, 0 = not known (docs/store-format.md, "Sums"). They
// are written behind the log with each checkpoint, so that the log's bytes below its position are covered; the sum of the
// last sector, which is not full yet, stands in the checkpoint. Files of another broker have none and are served on their CRC alone.
// check() is [any], the rest for one thread at a time.
#pragma once

#include <atomic>
#include <string>

#include "file_io.h"
#include "segment_set.h"

namespace stn::store_mmap {

class log_sums {
 public:
  static constexpr int64_t k_sector = 512;

  log_sums(file_io &files, segment_set &segments, const settings &s);

  // Sums below `end` are true; tail_sum is that of the sector that `end` lies in, 0 if not known. [ctrl]
  status load(int64_t end, uint32_t tail_sum);
  // Another broker wrote here: what there is counts no longer, what is behind `end` will. [ctrl]
  status discard(int64_t end);
  // Covers the log up to `end`, on the disk when it returns OK; files of log files that are gone go too. [worker]
  status update(int64_t end);
  uint32_t tail_sum() const { return tail_sum_; }
  // Nothing from `phys` on is covered. [worker]
  void cut(int64_t phys);
  // Does [phys, phys + n), which lies in the segment, agree with its sums? STN_OK also where none are known,
  // STN_E_CORRUPT, STN_E_AGAIN with no_wait if they are not resident.
  stn_status check(const segment_pin &pin, int64_t phys, uint32_t n, bool no_wait) const;

 private:
  struct window;
  std::string path_of(int64_t base) const { return dir_ + "/" + offset_name(base); }
  status drop_below(int64_t first);
  status write_segment(int64_t from, int64_t to);
  status read_window(const segment_pin &pin, int64_t sector, bool no_wait, window *w) const;

  file_io &files_;
  segment_set &segments_;
  const std::string dir_;
  int64_t first_ = -1;  // no files are there for what is before
  std::atomic<int64_t> end_{0};
  std::atomic<uint32_t> tail_sum_{0};  // of the sector that end_ lies in
  std::atomic<uint64_t> version_;      // windows of an older one are read anew
};

}  // namespace stn::store_mmap
