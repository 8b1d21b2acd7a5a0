// checkpoint.h - the file that says from where a start has to look at the log (docs/store-format.md, "Checkpoint").
//
// The first 24 bytes are the original's three times. Behind them, at byte 512 where the original keeps zeroes, stand exact
// positions with a copy of the times and a checksum: if the times differ, another broker wrote here since and the positions
// do not count.
#pragma once

#include <cstdint>
#include <string>

#include "file_io.h"

namespace stn::store_mmap {

inline constexpr int64_t k_index_unknown = -1;
inline constexpr int64_t k_entries_unknown = -1;

struct checkpoint {
  int64_t log_ms = 0;    // store time up to which the log is on the disk
  int64_t queue_ms = 0;  // same for consume queues
  int64_t index_ms = 0;  // same for the index files that are full; 0: none is

  bool exact = false;     // the following were there and are to be trusted
  int64_t log_end = 0;    // everything before is on the disk, in log and queues
  int64_t entries = 0;    // sum of the queues' next offsets at that position, or k_entries_unknown
  bool clean = false;     // written by an orderly stop
  int64_t index_end = 0;  // records before are in the index, on the disk
  int64_t index_count =
      0;  // number of the next entry of the newest index file at that position; 0: no file, or k_index_unknown

  int64_t index_name = 0;  // of that file: the digits of its name as a number

  uint32_t tail_sum = 0;  // of the log's last sector, filled up with zeroes; 0: not known

  // An absent file reads as all zero.
  static result<checkpoint> load(file_io &files, const std::string &path);
  // On the disk when it returns OK.
  status save(file_io &files, const std::string &path) const;
};

}  // namespace stn::store_mmap
