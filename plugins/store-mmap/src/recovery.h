// recovery.h - what a start does with the files it finds: where the log ends, and queues that agree with it.
//
// Up to the checkpoint's position log and queues are known to be on the disk and are not looked at. Behind it every record
// is checked (lengths, magic, position, CRC); the log ends before the first one that fails, and what follows is zeroed.
// Queue entries that point behind the position are thrown away and made again from the records. [ctrl]
#pragma once

#include <string>

#include "checkpoint.h"
#include "log_state.h"
#include "queue_table.h"
#include "record.h"
#include "segment_set.h"

namespace stn::store_mmap {

struct recovery_report {
  bool unclean = false;
  bool foreign = false;  // no exact positions: an Apache directory, or none at all
  bool queues_lost =
      false;            // entries are missing before the checkpoint: queues made from the whole log
  int64_t from = 0;     // where checking began
  int64_t end = 0;      // where the log ends
  int64_t records = 0;  // checked
  int64_t damaged = 0;  // places before the checkpoint's position where no record could be read
  int64_t cut_bytes = 0;  // written bytes behind the end, at least (0: nothing but zeroes there)
  int64_t refused_entries = 0;  // good records whose queue offset cannot be true
  // What a start took, by its parts: queue files, records, zeroes behind the end, the tail to the disk.
  uint64_t queues_ms = 0;
  uint64_t records_ms = 0;
  uint64_t cut_ms = 0;
  uint64_t sync_ms = 0;
};

class recovery {
 public:
  recovery(file_io &files, segment_set &segments, queue_table &queues, const settings &s,
           log_state &state);
  // Leaves log and queues consistent, end and store time in the state, and everything before the end on the disk.
  status run(bool unclean, recovery_report *out);

 private:
  result<int64_t> start_position(const checkpoint &c, bool unclean);
  status replay(int64_t from, recovery_report *out);
  int64_t behind_damage(const segment_pin &pin, int64_t at) const;
  void dispatch(const record_view &r, recovery_report *out);

  file_io &files_;
  segment_set &segments_;
  queue_table &queues_;
  const settings &settings_;
  log_state &state_;
  tag_rule tags_;
  int64_t known_end_ = 0;  // the log reaches at least to here
};

}  // namespace stn::store_mmap
