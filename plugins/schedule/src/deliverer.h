// deliverer: all delay levels on one thread of their own, which sleeps until the next message is due.
//
// Levels are looked at when their next message is due, when a message arrives in a level that had none, and when the
// store has completed what they appended. Thread: begin and turn on the delivering thread (or [ctrl] before it starts);
// arrived and progress from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "level_queue.h"
#include "wake_signal.h"

namespace stn::schedule {

class deliverer {
 public:
  // delays_ms: of level 1, 2, ... `shared` must outlive the deliverer; its wake is set here.
  deliverer(delivery *shared, const std::vector<int64_t> &delays_ms);
  deliverer(const deliverer &) = delete;

  // Where the levels go on; levels not named begin at 0. [ctrl]
  status begin(const std::vector<level_progress> &saved);
  std::vector<level_progress> progress() const;

  // Body of the thread: delivers until stop() was called and nothing is under way.
  void run();
  void stop();  // [any]
  // After run has returned: no completion is still inside. [ctrl]
  void wait_quiet() const;

  // What run does between two waits: delivers what is due, and returns when the next message is (k_never: not before
  // something arrives or completes).
  int64_t turn(int64_t now_ms);
  // Messages have arrived in the queue of a level. [any]
  void arrived(int32_t queue);

 private:
  static constexpr uint64_t bit_of(size_t index) { return uint64_t{1} << index; }
  static void on_wake(void *user, int32_t level);
  bool under_way() const;

  delivery *const shared_;
  std::vector<std::unique_ptr<level_queue>> levels_;
  std::vector<int64_t> next_ms_;
  int64_t last_now_ms_ = 0;
  std::atomic<uint64_t> look_at_{0};  // levels for which something has happened
  std::atomic<uint64_t> empty_{0};    // levels that wait for an arrival
  std::atomic<bool> stopping_{false};
  wake_signal signal_;
};

}  // namespace stn::schedule
