// level_queue: the messages of one delay level, delivered in order when they are due.
//
// A pure state machine around the store: turn(now) does what can be done now and says when it wants to be called again.
// One batch is under way at a time, so that the order of the level is kept; progress moves only over messages that the
// store has acknowledged, so none is lost and a crash repeats at most what was behind the saved progress.
//
// Thread: begin, turn and under_way on one thread; completions may come on any. progress: [any].
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>

#include "redelivery.h"
#include "stanchion/ext/store.h"
#include "stanchion/sdk/host.h"

namespace stn::schedule {

inline constexpr int64_t k_never = std::numeric_limits<int64_t>::max();

// Progress of one level: the offset of its next message.
struct level_progress {
  int32_t level;
  int64_t offset;
};

// What all levels share; outlives them.
struct delivery {
  host log;
  iface<stn_store_api> store;
  uint32_t delay_topic = 0;
  stn_exec *home = nullptr;  // where the store completes appends
  iface<stn_metrics_api> metrics;
  stn_metric *delivered = nullptr;
  stn_metric *skipped = nullptr;                      // records that can never be delivered
  stn_metric *retried = nullptr;                      // appends that the store refused for now
  void (*wake)(void *user, int32_t level) = nullptr;  // a batch has completed; [any]
  void *wake_user = nullptr;
  std::atomic<int32_t> completing{
      0};  // threads inside a completion: zero before any of this is destroyed
};

class level_queue {
 public:
  // level counts from 1.
  level_queue(delivery *shared, int32_t level, int64_t delay_ms)
      : shared_(shared), level_(level), delay_ms_(delay_ms) {}
  level_queue(const level_queue &) = delete;

  // Where to go on; before the first turn. Corrected to what the queue holds.
  void begin(int64_t offset);

  // Delivers what is due at wall clock now_ms. Returns when to call again: a wall clock time, or k_never = after the
  // next arrival or completion. deliver = false settles completions only.
  int64_t turn(int64_t now_ms, bool deliver);
  // A batch has not been settled yet: destroying has to wait for another turn.
  bool under_way() const { return in_flight_; }
  // Offset of the next message to deliver.
  int64_t progress() const { return progress_.load(std::memory_order_relaxed); }
  int32_t level() const { return level_; }

 private:
  static constexpr uint32_t k_batch = redelivery_batch::k_max;
  static constexpr uint64_t k_batch_bytes = 4u << 20;
  enum class taken : uint8_t { none, delivered, skipped };

  bool completed() const { return pending_.load(std::memory_order_acquire) == 0; }
  void settle(int64_t now_ms);
  int64_t deliver_due(int64_t now_ms);
  bool read_entries(int64_t now_ms);
  int64_t due_ms(uint32_t i, int64_t now_ms) const;
  // Makes appends of the due entries; returns how many entries it went over.
  uint32_t collect(int64_t now_ms);
  void submit(int64_t now_ms);
  void fail(int64_t now_ms, stn_status why);
  static void on_complete(const stn_sink *s, const stn_cqe *v, uint32_t n);

  delivery *const shared_;
  const int32_t level_;
  const int64_t delay_ms_;
  std::atomic<int64_t> progress_{0};
  int64_t retry_at_ms_ = 0;

  // The batch under way: entry i of the queue is at progress + i.
  uint32_t n_entries_ = 0;
  std::array<int64_t, k_batch> phys_{};
  std::array<int64_t, k_batch> tag_{};
  uint32_t n_taken_ = 0;
  std::array<taken, k_batch> taken_{};
  std::array<std::atomic<stn_status>, k_batch> outcome_{};
  std::atomic<uint32_t> pending_{0};
  bool in_flight_ = false;
  redelivery_batch appends_;
  stn_sink sink_{{sizeof(stn_sink), STN_VER(1, 0)}, this, on_complete};
};

}  // namespace stn::schedule
