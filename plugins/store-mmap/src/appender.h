// appender.h - the writer: one short section per batch that assigns times and offsets and copies each record once.
//
// Before the section, without a lock: lengths, tag column. Inside (log_state::append_mu): store time, queue offset,
// position, the copy with the CRC in the same pass (alone it would cost half as much as the copy, beside it next to
// nothing), the queue entry. Behind it: completions and arrivals. Nothing is allocated per message: the
// scratch belongs to the calling thread. Locks under append_mu: group_commit's, a queue's ring, the table's lists,
// segment_set's table at a roll. A file that is not ready in
// time is waited for without append_mu: no disk is touched under it. [any]
#pragma once

#include <vector>

#include "completions.h"
#include "group_commit.h"
#include "log_ahead.h"
#include "log_state.h"
#include "queue_table.h"
#include "record.h"
#include "segment_set.h"

namespace stn::store_mmap {

// Where the store time comes from.
struct wall_clock {
  int64_t (*now_ms)(const void *ctx);
  const void *ctx;
};
wall_clock system_clock();

struct log_parts {
  segment_set &segments;
  queue_table &queues;
  const settings &config;
  counters &stats;
  log_state &state;
  group_commit &commit;
  completions &done;
  log_ahead &ahead;
};

class appender {
 public:
  appender(const log_parts &parts, wall_clock clock);

  void start(std::vector<arrival_watch> watches);
  // Ends appending: later ones get STN_E_CLOSED, those under way have finished when it returns.
  void stop();
  // stn_store_api.append.
  stn_status append(const stn_append *v, uint32_t n, stn_exec *home, const stn_sink *k,
                    stn_error *err);
  // stn_log_api.append: whole records of another log.
  stn_status append_raw(int64_t phys, stn_slice bytes, stn_error *err);
  // Lets go of the file that is written to; under append_mu.
  void forget_tail() { tail_.reset(); }

 private:
  struct prepared;
  struct queue_run;
  struct scratch;
  class scratch_use;
  stn_status append_with(scratch &s, const stn_append *v, uint32_t n, stn_exec *home,
                         const stn_sink *k, stn_error *err);

  void prepare(const stn_append &a, scratch &s) const;
  bool prepare_batch(const stn_append &a, scratch &s) const;
  void measure(prepared &p, scratch &s) const;
  static std::string_view joined_props(const record_input &in, scratch &s);
  static std::string_view props_of(const record_input &in, scratch &s);
  stn_status write(scratch &s, stn_exec *home, const stn_sink *k, stn_error *err);
  stn_status write_locked(scratch &s, stn_exec *home, const stn_sink *k, stn_error *err);
  status check_raw(int64_t phys, stn_slice bytes, uint32_t *n) const;
  void copy_raw(int64_t phys, stn_slice bytes, scratch &s);
  void take_raw(const record_view &r, scratch &s);
  stn_status why_not(size_t messages, stn_error *err);
  int64_t end_of(const scratch &s) const;
  status place_all(scratch &s, int64_t *phys);
  void place(prepared &p, scratch &s, int64_t phys);
  void join_queue(prepared &p, scratch &s);
  status roll(int64_t *phys, uint32_t record);
  uint32_t push_entries(scratch &s);
  void make_visible(scratch &s);
  void queue_waiters(scratch &s, stn_exec *home, const stn_sink *k);
  void answer(scratch &s, stn_exec *home, const stn_sink *k);

  log_parts p_;
  wall_clock clock_;
  tag_rule tags_;
  std::vector<arrival_watch> watches_;
  segment_pin tail_;  // guarded by append_mu
};

}  // namespace stn::store_mmap
