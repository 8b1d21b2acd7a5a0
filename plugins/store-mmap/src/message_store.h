// message_store.h - the store as one object: its parts, their order of start and stop, and what they report.
//
// Usable without a kernel (tests, tools): no executor means that completions come on the thread that finished them.
// open() and close() [ctrl]; the rest as tagged in stanchion/ext/store.h.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "appender.h"
#include "key_index.h"
#include "log_reader.h"
#include "queue_writer.h"
#include "recovery.h"
#include "space_keeper.h"

namespace stn::store_mmap {

class message_store {
 public:
  using log_fn = std::function<void(int32_t level, const std::string &message)>;

  message_store(file_io &files, settings s, wall_clock clock, log_fn log);
  // Without close() before it: the threads end, no mark of an orderly stop is left.
  ~message_store();

  void use_executor(const stn_exec_api *exec, void *self) { done_.use(exec, self); }
  void watch(stn_arrival_fn on, void *user) { watches_.push_back({on, user}); }

  // Locks the directory, recovers, starts the threads. After a failure nothing runs and nothing is locked.
  status open();
  // Refuses appends, brings everything to the disk, answers everybody, leaves the mark of an orderly stop.
  status close();

  stn_status append(const stn_append *v, uint32_t n, stn_exec *home, const stn_sink *k,
                    stn_error *err) {
    if (queue_files_.is_memory_full()) return too_much_waits(err);
    return appender_.append(v, n, home, k, err);
  }
  // "stn.log/1", see there. Bytes before copy_limit() may be read by it.
  stn_status append_raw(int64_t phys, stn_slice bytes, stn_error *err) {
    if (queue_files_.is_memory_full()) return too_much_waits(err);
    return appender_.append_raw(phys, bytes, err);
  }
  status truncate(int64_t phys);
  status confirm(int64_t phys);
  int64_t confirmed() const { return commit_.confirmed(); }
  int64_t copy_limit() const {
    return settings_.sync_flush ? state_.durable.load() : state_.end.load();
  }
  stn_status queue_info(uint32_t topic, const int32_t *queue, uint32_t n,
                        stn_queue_info *out) const;
  status drop_topic(uint32_t topic);

  queue_table &queues() { return queues_; }
  log_reader &reader() { return reader_; }
  log_sums &sums() { return sums_; }
  key_index &index() { return index_; }
  space_keeper &keeper() { return keeper_; }
  segment_set &segments() { return segments_; }
  const counters &stats() const { return stats_; }
  const log_state &state() const { return state_; }
  const recovery_report &report() const { return report_; }
  const settings &config() const { return settings_; }
  std::mutex &append_lock() { return state_.append_mu; }
  int64_t populated() const { return ahead_.populated(); }
  status checkpoint_now() { return writer_.checkpoint_now(false); }

 private:
  status lock_dir();
  status recover();
  status cut_all(int64_t phys);
  status cut_parts(int64_t phys);
  stn_status too_much_waits(stn_error *err);
  void note_failure(const status &s);
  void stop_threads();
  void unlock();

  file_io &files_;
  settings settings_;
  log_fn log_;
  counters stats_;
  log_state state_;
  completions done_;
  queue_files queue_files_;
  segment_set segments_;
  queue_table queues_;
  group_commit commit_;
  log_ahead ahead_;
  appender appender_;
  log_sums sums_;
  log_reader reader_;
  key_index index_;
  queue_writer writer_;
  space_keeper keeper_;
  std::vector<arrival_watch> watches_;
  recovery_report report_;
  file_io::handle lock_ = -1;
  bool open_ = false;
};

}  // namespace stn::store_mmap
