// group_commit.h - brings the log to the disk and tells who waited for it.
//
// One thread of its own. async: every interval, when enough has gathered or the last time is long ago. sync: as soon as
// somebody waits; all that arrived meanwhile share one sync. Under sync a message becomes visible, and is acknowledged,
// when everything up to its end is on the disk. Neither mode holds the append lock while it syncs.
// A failed sync is final: what waited gets STN_E_IO, the state turns read-only, nothing is tried again.
// Locks: sync_mu_ (one sync at a time) before mu_ (the list of waiters); segment_set's lock under sync_mu_.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "completions.h"
#include "consume_queue.h"
#include "log_state.h"
#include "segment_set.h"
#include "stanchion/ext/store.h"

namespace stn::store_mmap {

// Who wants to know that messages became visible.
struct arrival_watch {
  stn_arrival_fn on;
  void *user;
};

// One message that is not on the disk yet.
struct waiter {
  consume_queue *queue;  // NULL: has no queue entry
  int64_t next_offset;   // the queue's visible offset once it is on the disk
  int64_t tag;
  int64_t phys_end;
  const stn_sink *sink;  // NULL: acknowledged already
  stn_exec *home;
  stn_cqe cqe;
  uint64_t since_ns;
};

class group_commit {
 public:
  group_commit(segment_set &segments, const settings &s, counters &stats, log_state &state,
               completions &done);
  ~group_commit();

  void start(std::vector<arrival_watch> watches, std::function<void(const status &)> on_failure);
  // Syncs what there is, answers everybody and ends the thread.
  void stop();

  bool is_sync() const { return settings_.sync_flush; }
  // Room for n more waiters? Under the append lock, so the answer holds until add().
  bool has_room(uint32_t n);
  // In log order: under the append lock.
  void add(const waiter *v, uint32_t n);
  // Tells the flusher that somebody waits; after the append lock was released.
  void wake();
  // The device has failed: the store is read-only from now on and says so once. [any]
  void fail(const status &why);
  // Everything before `phys` is on the disk when it returns OK. [worker]
  status sync_to(int64_t phys);
  // From the first call on nothing is published that is not confirmed, too. Positions only rise. [worker]
  void confirm(int64_t phys);
  int64_t confirmed() const { return confirmed_.load(std::memory_order_acquire); }
  // Answers STN_E_TIMEOUT to those who have waited too long. [worker]
  void expire(uint64_t now_ns);

 private:
  void run();
  bool is_due(uint64_t now_ms) const;
  status sync_range(int64_t from, int64_t to);
  void publish(int64_t durable);
  completion_group *group_of(stn_exec *home);
  void refuse_all();
  void tell(const std::vector<stn_arrival> &v);

  segment_set &segments_;
  const settings &settings_;
  counters &stats_;
  log_state &state_;
  completions &done_;
  std::vector<arrival_watch> watches_;
  std::function<void(const status &)> on_failure_;

  std::atomic<int64_t> confirmed_{INT64_MAX};
  std::mutex sync_mu_;
  std::mutex mu_;
  std::condition_variable wake_;
  std::vector<waiter> ring_;  // guarded by mu_; a ring of fixed size
  uint64_t head_ = 0;         // next to add
  uint64_t tail_ = 0;         // oldest
  bool stopping_ = false;
  bool woken_ = false;
  std::atomic<uint64_t> last_sync_ms_{0};  // read by the flusher, set by whoever syncs
  std::vector<stn_arrival> arrivals_;      // reused by whoever holds sync_mu_, as the following
  std::vector<completion_group *> groups_;
  std::vector<stn_exec *> homes_;
  std::thread thread_;
};

}  // namespace stn::store_mmap
