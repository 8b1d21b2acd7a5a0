// lane.h - everything that one I/O thread does for pulls: serving them, and holding those that wait for messages.
//
// A lane belongs to one I/O executor and its state is touched by that thread alone; there is no lock between pulls. Only
// arrivals come from elsewhere: they leave the slots of their queues in a small inbox, and one task is posted for all
// that come before it runs. `waiting` tells them, without a lock, whether anybody waits.
//
// No arrival is missed: a pull is first held (waiting is raised), then its queue is looked at again; a store makes
// messages visible first and then looks at waiting. With a full fence between the two steps on both sides, at least one
// of them sees the other.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "answers.h"
#include "context.h"
#include "filter_cache.h"
#include "hold_list.h"
#include "pull_check.h"
#include "pull_read.h"
#include "stanchion/request.h"

namespace stn::broker_pull {

class lane {
 public:
  static constexpr uint64_t k_tick_ns = 100'000'000;

  lane(context &c, stn_exec *home);
  lane(const lane &) = delete;

  stn_exec *home() const { return home_; }

  status start();  // [ctrl] the timer
  void stop();     // [ctrl]

  // A batch of pulls whose home is this lane. [io] home
  void handle(const stn_req_batch *b);
  // A read that had to wait for the disk and may now be held. [io] home
  void resume(pull_read r);
  // The connection is gone: its pulls are freed. [io] home
  void close_conn(uint64_t conn_id);
  // Messages arrived; does nothing but hand over. The caller has made a full fence. [any]
  void arrived(const stn_arrival *v, uint32_t n);
  // Answers all held pulls as if their time was over, soon, on home. [any]
  void release_all();

  // Tasks posted and not run yet. [any]
  bool has_tasks() const { return tasks_.load(std::memory_order_acquire) != 0; }
  size_t held() const { return n_held_.load(std::memory_order_relaxed); }  // [any]

 private:
  // serving (lane.cc)
  stn_status fetch(const pull_read &r, stn_fetched *out);
  void serve(pull_read r);
  void finish(pull_read r);
  void fail(const pull_read &r, stn_status why);
  void send_cold(pull_read r);
  void make_room() {
    if (!answers_.has_room()) answers_.send();
  }

  // holding (lane_holds.cc)
  bool may_hold(const pull_read &r) const;
  held_pull *hold(pull_read *r);
  pull_read unhold(held_pull *h);
  bool arrived_meanwhile(const held_pull &h) const;
  void wake();
  bool wake_slot(uint32_t slot);
  bool wake_one(held_pull *h);
  void give_back_work();
  void expire();
  void release();
  template <void (lane::*step)()>
  void post();

  uint64_t tick_of(uint64_t ns) const { return ns / k_tick_ns; }

  context &context_;
  stn_exec *home_;
  stn_timer *timer_ = nullptr;
  filter_cache filters_;
  pull_check check_;
  answer_batch answers_;
  hold_list list_;
  uint64_t now_ns_ = 0;     // when the turn under way began
  uint64_t last_tick_ = 0;  // its deadlines have been answered
  std::vector<uint32_t> work_;

  std::atomic<uint32_t> n_held_{0};
  std::array<std::atomic<uint32_t>, hold_list::k_slots> waiting_{};  // held pulls per slot

  std::mutex inbox_mutex_;  // guards the three below
  std::vector<uint32_t> inbox_;
  std::array<bool, hold_list::k_slots> in_inbox_{};
  bool wake_posted_ = false;

  std::atomic<uint32_t> tasks_{0};
};

}  // namespace stn::broker_pull
