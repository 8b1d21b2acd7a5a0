// log_reader.h - messages out of queues: entries, filter, records as slices that pin their segment.
//
// What this run appended and is recent is served untouched. Anything else is checked against its queue entry and by CRC
// the first time it is read after it was mapped, and again when its pages had left memory; what fails is counted and left
// out. An entry's tag is compared with its record then, also where a filter leaves the message out by it; the record's
// counts. Searches by time pass over what a fetch would not serve. No lock of its own. [io] with no_wait, else [worker]
#pragma once

#include "log_state.h"
#include "log_sums.h"
#include "queue_table.h"
#include "record.h"
#include "segment_set.h"
#include "stanchion/ext/store.h"

namespace stn::store_mmap {

class log_reader {
 public:
  log_reader(segment_set &segments, const log_sums &sums, queue_table &queues, const settings &s,
             counters &stats, log_state &state);

  // As the functions of stn_store_api with these names.
  stn_status fetch(const stn_fetch &q, stn_fetched *out, stn_error *err);
  stn_status entries(uint32_t topic, int32_t queue, int64_t from, stn_entries *out, stn_error *err);
  stn_status read(int64_t phys, stn_bslice *out, stn_error *err);
  stn_status bound_by_time(uint32_t topic, int32_t queue, int64_t ms, int32_t bound, int64_t *out,
                           stn_error *err);
  // stn_log_api.read, of what lies before `limit`.
  stn_status read_raw(int64_t from, uint64_t max, int64_t limit, stn_bslice *out, stn_error *err);
  stn_status offset_by_time(uint32_t topic, int32_t queue, int64_t ms, int64_t *out,
                            stn_error *err);

 private:
  enum class found { good, gone, cold, damaged };
  struct cursor;  // of one fetch

  stn_status scan(cursor &c, stn_error *err);
  bool take(cursor &c, const queue_entry &e, int64_t offset, bool maybe, stn_status *st);
  bool leave_out(cursor &c, const queue_entry &e, int64_t offset, stn_status *st);
  found look_and_tell(cursor &c, const queue_entry &e, int64_t offset, stn_status *st);
  bool judge_again(const cursor &c, bool *maybe) const;
  found look(cursor &c, const queue_entry &e, int64_t offset);
  bool is_resident(cursor &c, const queue_entry &e);
  found check(cursor &c, const queue_entry &e, int64_t offset);
  void check_tag(cursor &c, const queue_entry &e, const record_view &r);
  stn_status check_record(const segment_pin &pin, const queue_entry &e, const consume_queue &q,
                          int64_t offset, bool no_wait, record_view *r) const;
  bool is_promised(const segment_pin &pin, const queue_entry &e, const consume_queue &q,
                   int64_t offset, bool with_crc, record_view *r) const;
  bool passes_filter(cursor &c, const queue_entry &e);
  result<int64_t> first_not_before(consume_queue &q, int64_t from, int64_t end, int64_t ms);
  result<int64_t> next_readable(consume_queue &q, int64_t from, int64_t to, int64_t *ms);
  result<int64_t> store_ms_at(consume_queue &q, int64_t offset);

  segment_set &segments_;
  const log_sums &sums_;
  queue_table &queues_;
  const settings &settings_;
  counters &stats_;
  log_state &state_;
};

}  // namespace stn::store_mmap
