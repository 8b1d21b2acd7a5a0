// space_keeper.h - how long messages stay, and what happens when the disk fills.
//
// One thread of its own. Every look: too little space refuses appends (STN_E_NO_SPACE) and lets them in again as soon as
// there is enough; nothing else notices. Every retention interval, at once under pressure: the oldest files go, by age at
// the hours set, by the size limit, and whatever their age when space runs low. The file that is written to stays. Readers
// that hold a file keep it until they let go. Log file, then queue entries and queue files, then index files: a crash in
// between leaves queues that point below the log, which a start corrects.
// Locks: none held over a call; runs queue_writer's, segment_set's and key_index's one after the other.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "appender.h"
#include "key_index.h"
#include "queue_writer.h"

namespace stn::store_mmap {

class space_keeper {
 public:
  using log_fn = std::function<void(int32_t level, const std::string &message)>;
  struct parts {
    file_io &files;
    segment_set &segments;
    queue_table &queues;
    key_index &index;
    queue_writer &writer;
    const settings &config;
    counters &stats;
    log_state &state;
  };

  space_keeper(const parts &p, wall_clock clock, log_fn log);
  ~space_keeper();

  void start();
  void stop();
  // One look at the space; with `retention`, one round of it too. Returns the number of log files removed. [worker]
  int look(bool retention);

 private:
  void run();
  uint64_t available();
  void judge_space(uint64_t free);
  bool can_go_on();
  bool may_drop() const;
  bool is_hour() const;
  bool is_expired(int64_t now_ms);
  bool is_wanted(uint64_t free, bool hour, int64_t now_ms);
  status drop_oldest();

  parts p_;
  wall_clock clock_;
  log_fn log_;
  std::string last_failure_;
  std::mutex look_mu_;
  std::mutex mu_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

// "4;16": hours of the day; false if a word is not a number from 0 to 23.
bool parse_hours(const std::string &text, std::vector<int32_t> *out);

}  // namespace stn::store_mmap
