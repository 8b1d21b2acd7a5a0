// completions.h - brings finished appends to the executor that they came from.
//
// Completions are gathered per home executor and leave with one posted task each. Groups are pooled: once they have
// grown to the usual size nothing is allocated any more. [any]
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "stanchion/host.h"

namespace stn::store_mmap {

class completions;

// Finished appends of one executor, in order.
class completion_group {
 public:
  explicit completion_group(completions &owner) : owner_(owner) {}
  void add(const stn_sink *sink, const stn_cqe &c) {
    sinks_.push_back(sink);
    cqes_.push_back(c);
  }
  bool empty() const { return cqes_.empty(); }
  // Hands the entries to their sinks, neighbours of one sink in one call.
  void deliver();

 private:
  friend class completions;
  completions &owner_;
  stn_exec *home_ = nullptr;
  std::vector<const stn_sink *> sinks_;
  std::vector<stn_cqe> cqes_;
};

class completions {
 public:
  // exec may be NULL (no kernel): everything is delivered at once on the calling thread.
  void use(const stn_exec_api *exec, void *self) { exec_ = exec, self_ = self; }
  // Is the calling thread `home`'s own (or is there nobody else to do it)?
  bool is_home(stn_exec *home) const {
    return exec_ == nullptr || home == nullptr || exec_->current(self_) == home;
  }
  // An empty group for `home`. Goes back with send().
  completion_group *take(stn_exec *home);
  // Delivers on the group's executor; here and now with `inline_ok` if the caller is on it.
  void send(completion_group *g, bool inline_ok);
  // Returns when every group that was sent has been delivered, or after the deadline: false.
  bool wait_idle(uint64_t timeout_ms);

 private:
  friend class completion_group;
  void give_back(completion_group *g);

  const stn_exec_api *exec_ = nullptr;
  void *self_ = nullptr;
  std::mutex mu_;
  std::condition_variable idle_;
  std::vector<std::unique_ptr<completion_group>> memory_;
  std::vector<completion_group *> free_;
  uint32_t out_ = 0;
};

}  // namespace stn::store_mmap
