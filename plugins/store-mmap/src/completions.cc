#include "completions.h"

#include <chrono>

namespace stn::store_mmap {

void completion_group::deliver() {
  for (size_t i = 0; i < cqes_.size();) {
    size_t n = 1;
    while (i + n < cqes_.size() && sinks_[i + n] == sinks_[i]) n++;
    sinks_[i]->complete(sinks_[i], &cqes_[i], static_cast<uint32_t>(n));
    i += n;
  }
  owner_.give_back(this);
}

completion_group *completions::take(stn_exec *home) {
  std::lock_guard lock(mu_);
  if (free_.empty()) {
    memory_.push_back(std::make_unique<completion_group>(*this));
    free_.push_back(memory_.back().get());
  }
  completion_group *g = free_.back();
  free_.pop_back();
  g->home_ = home;
  out_++;
  return g;
}

void completions::give_back(completion_group *g) {
  g->sinks_.clear();
  g->cqes_.clear();
  std::lock_guard lock(mu_);
  free_.push_back(g);
  if (--out_ == 0) idle_.notify_all();
}

void completions::send(completion_group *g, bool inline_ok) {
  if (exec_ == nullptr || g->home_ == nullptr || (inline_ok && exec_->current(self_) == g->home_)) {
    g->deliver();
    return;
  }
  stn_task t{[](void *user) { static_cast<completion_group *>(user)->deliver(); }, g};
  exec_->post(g->home_, &t, 1);
}

bool completions::wait_idle(uint64_t timeout_ms) {
  std::unique_lock lock(mu_);
  return idle_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return out_ == 0; });
}

}  // namespace stn::store_mmap
