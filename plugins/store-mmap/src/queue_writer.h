// queue_writer.h - follows the log: queue entries from memory to their files, and the checkpoint behind them.
//
// Two threads of its own. One writes the entries that are in no file every interval: what waits for it is memory, so it never
// waits for a sync of the log. The other brings, every checkpoint interval, the log up to a position P, its sums, then the
// queue files, then the checkpoint with P to the disk, in this order. After a failure (other than a full disk, which passes)
// nothing is written any more: the last checkpoint stays true. Locks: checkpoint_mu_ before step_mu_ before everything but
// append_mu.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "checkpoint.h"
#include "group_commit.h"
#include "key_index.h"
#include "log_state.h"
#include "log_sums.h"
#include "queue_table.h"

namespace stn::store_mmap {

class queue_writer {
 public:
  queue_writer(file_io &files, queue_table &queues, const settings &s, log_state &state,
               group_commit &commit, log_sums &sums, key_index &index);
  ~queue_writer();

  // after_crash: a checkpoint comes first, and brings names to the disk that the killed process may have left unsynced.
  void start(bool after_crash);
  // Ends the thread; writes nothing more.
  void stop();
  // Writes what there is and a checkpoint. [worker]
  status checkpoint_now(bool clean);
  // Removes the files of queues that were unhooked, then checkpoints, so that a restart does not make them again out of
  // the log. [worker]
  status remove_dropped(const std::vector<consume_queue *> &gone, const std::string &topic_dir);
  // The position of the last checkpoint of this run; 0: none yet. [any]
  int64_t checkpointed() const { return checkpointed_.load(std::memory_order_relaxed); }
  // Forgets entries that point below `phys`, and removes the files that hold nothing else. [worker]
  status drop_below(int64_t phys);
  // Forgets entries that point at or behind `phys`, in memory and in the files; a start ends up before or behind it,
  // whenever the power goes. The index has not been cut yet, nothing is appended. [worker]
  status cut(int64_t phys);

 private:
  void run();
  void run_checkpoints();
  bool stops_within(uint64_t ms);
  void note_all_dirs();
  status judge(status s);
  status write_entries_locked();  // to their files, without sync
  status checkpoint_locked(bool clean);
  status checkpoint_cut(int64_t phys);
  status sync_queue_files_locked();

  file_io &files_;
  queue_table &queues_;
  const settings &settings_;
  log_state &state_;
  group_commit &commit_;
  log_sums &sums_;
  key_index &index_;
  std::atomic<int64_t> checkpointed_{0};
  std::mutex checkpoint_mu_;  // one checkpoint, cut or removal at a time
  std::mutex step_mu_;        // queue files are written or synced
  std::vector<std::string>
      new_dirs_;  // guarded by step_mu_, as the following: directories with a new name
  consume_queue::write_buffer buffer_;
  std::mutex mu_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool after_crash_ = false;
  std::thread thread_;
  std::thread checkpoint_thread_;
};

}  // namespace stn::store_mmap
