#include "queue_locks.h"

#include <iterator>

namespace stn::broker_groups {

using protocol::message_queue;

std::vector<message_queue> queue_locks::lock(std::string_view group, std::string_view client,
                                             const std::vector<message_queue> &queues,
                                             int64_t now_ms) {
  std::vector<message_queue> held;
  std::lock_guard guard(mutex_);
  auto at = groups_.find(group);
  if (at == groups_.end()) at = groups_.emplace(std::string(group), group_locks()).first;
  for (const message_queue &q : queues) {
    if (take(at->second, q, client, now_ms)) held.push_back(q);
  }
  if (at->second.empty()) groups_.erase(at);
  return held;
}

bool queue_locks::take(group_locks &locks, const message_queue &queue, std::string_view client,
                       int64_t now_ms) {
  auto found = locks.find(queue);
  if (found == locks.end()) {
    if (size_ >= locks_max_) return false;
    locks.emplace(queue, owner{std::string(client), now_ms});
    size_++;
    return true;
  }
  owner &o = found->second;
  if (o.client != client) {
    if (!expired(o, now_ms)) return false;
    o.client = client;
  }
  o.renewed_ms = now_ms;
  return true;
}

void queue_locks::unlock(std::string_view group, std::string_view client,
                         const std::vector<message_queue> &queues) {
  std::lock_guard guard(mutex_);
  auto at = groups_.find(group);
  if (at == groups_.end()) return;
  for (const message_queue &q : queues) {
    auto found = at->second.find(q);
    if (found == at->second.end() || found->second.client != client) continue;
    at->second.erase(found);
    size_--;
  }
  if (at->second.empty()) groups_.erase(at);
}

void queue_locks::sweep(int64_t now_ms) {
  std::lock_guard guard(mutex_);
  for (auto it = groups_.begin(); it != groups_.end();) {
    group_locks &locks = it->second;
    size_ -= std::erase_if(locks, [&](const auto &e) { return expired(e.second, now_ms); });
    it = locks.empty() ? groups_.erase(it) : std::next(it);
  }
}

size_t queue_locks::size() const {
  std::lock_guard guard(mutex_);
  return size_;
}

}  // namespace stn::broker_groups
