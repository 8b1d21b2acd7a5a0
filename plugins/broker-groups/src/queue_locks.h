// queue_locks: which client of a group may consume which queue in order (41, 42).
//
// A lock holds for its lifetime after the last request of its owner; behind that anybody may take it. Kept in memory, on
// purpose: after a restart consumers ask again. Thread: [any], one short lock.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/protocol/bodies/queue_lock.h"

namespace stn::broker_groups {

class queue_locks {
 public:
  // locks_max: entries over all groups; a further lock is refused until expired ones are swept.
  queue_locks(int64_t lifetime_ms, size_t locks_max)
      : lifetime_ms_(lifetime_ms), locks_max_(locks_max) {}

  // Takes or renews each lock that is free, expired or the client's own; returns those it holds now.
  std::vector<protocol::message_queue> lock(std::string_view group, std::string_view client,
                                            const std::vector<protocol::message_queue> &queues,
                                            int64_t now_ms);
  // Frees those of the locks that are the client's own.
  void unlock(std::string_view group, std::string_view client,
              const std::vector<protocol::message_queue> &queues);
  // Drops expired locks.
  void sweep(int64_t now_ms);
  size_t size() const;

 private:
  struct owner {
    std::string client;
    int64_t renewed_ms = 0;
  };
  using group_locks = std::map<protocol::message_queue, owner>;

  bool expired(const owner &o, int64_t now_ms) const {
    return now_ms - o.renewed_ms > lifetime_ms_;
  }
  bool take(group_locks &locks, const protocol::message_queue &queue, std::string_view client,
            int64_t now_ms);

  const int64_t lifetime_ms_;
  const size_t locks_max_;
  mutable std::mutex mutex_;
  std::map<std::string, group_locks, std::less<>> groups_;
  size_t size_ = 0;
};

}  // namespace stn::broker_groups
