// key_index.h - messages by key: the index files, and the thread that follows the log and writes them.
//
// Nothing of this is on the append path: the follower reads the log behind the writer, every interval or when a query
// asks for what is new. The index is made of the log, so a failure here never stops the store: it is reported once, and
// what a crash took back is written again from the position that the checkpoint names.
// Lock: mu_ for files and position, taken for one step of at most a MiB of log; segment_set's under it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "checkpoint.h"
#include "index_file.h"
#include "log_state.h"
#include "log_sums.h"
#include "record.h"
#include "segment_set.h"
#include "stanchion/ext/store.h"

namespace stn::store_mmap {

class key_index {
 public:
  key_index(file_io &files, segment_set &segments, const log_sums &sums, const settings &s,
            counters &stats, log_state &state);
  ~key_index();

  // Finds the files; what they need before they can be used is done by the first step. The log is recovered. [ctrl]
  status load(const checkpoint &c, bool unclean);
  void start(std::function<void(const status &)> on_failure);
  void stop();
  // Writes up to the end of the log, and to the disk. Before the checkpoint of an orderly stop. [worker]
  status finish();
  // Fills in what is on the disk: index_end, index_count, index_ms.
  void note(checkpoint *c);
  // The same as if cut(phys) had been called.
  void note_cut(int64_t phys, checkpoint *c);

  // stn_store_api.find_by_key.
  stn_status find(const stn_key_query &q, stn_key_found *out, stn_error *err);
  // Removes files that know nothing of positions from `phys` on; the last one stays. [worker]
  status drop_below(int64_t phys);
  // Forgets everything at or behind `phys`. [worker]
  status cut(int64_t phys);

 private:
  using file_list = std::deque<std::unique_ptr<index_file>>;

  void run();
  int64_t limit() const;
  // Writes the index up to `phys`, in steps.
  status follow(int64_t phys);
  status step(int64_t phys);
  status step_in_segment(int64_t phys);
  status add(const record_view &r);
  status add_key(const record_view &r, std::string_view key);
  status new_file();
  status sync_due(bool now);
  status sync_locked();
  // Store time that the last but one of the oldest `files` files ends with; 0: there is none.
  int64_t finished_ms(size_t files) const;

  status prepare();
  status take_up();
  status take_up_exact();
  status take_up_foreign();
  status restore_last(int64_t count, int64_t phys_limit);
  status cut_locked(int64_t phys);
  status remove_last();
  int64_t name_of(const index_file &file) const;
  int64_t store_ms_at(int64_t phys);
  int64_t behind(int64_t phys);

  status candidates(const stn_key_query &q, std::vector<int64_t> *out, stn_key_found *info);
  bool take(const stn_key_query &q, int64_t phys, stn_key_found *out);

  file_io &files_;
  segment_set &segments_;
  const log_sums &sums_;
  const settings &settings_;
  counters &stats_;
  log_state &state_;
  const std::string dir_;
  const index_shape shape_;
  std::function<void(const status &)> on_failure_;

  std::mutex mu_;
  file_list list_;       // guarded by mu_, as the following; old to new
  bool ready_ = false;   // take_up() is done
  bool failed_ = false;  // told on_failure_ already
  checkpoint from_;      // what take_up() has to believe
  bool unclean_ = false;
  int64_t position_ = 0;  // records before are in the index
  checkpoint on_disk_;    // its index fields
  uint64_t last_sync_ms_ = 0;
  std::string key_;  // "topic#key", reused
  segment_pin pin_;

  std::mutex wake_mu_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace stn::store_mmap
