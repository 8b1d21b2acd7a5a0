// group_table: the settings of every group, in memory; what config/subscriptionGroup.json holds.
//
// Predefined groups are there from the beginning. settings() costs a shared lock and one lookup. Thread: [any].
#pragma once

#include <atomic>
#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "stanchion/ext/groups.h"
#include "stanchion/protocol/bodies/subscription_group.h"
#include "stanchion/sdk/status.h"

namespace stn::broker_groups {

class group_table {
 public:
  using config = protocol::subscription_group_config;

  // auto_create: unknown groups are made with defaults on first use, up to groups_max.
  group_table(bool auto_create, size_t groups_max);

  // A group that exists, without a copy of its texts. The hot call. False: there is none.
  bool settings(std::string_view name, stn_group *out) const;
  // False: there is no such group, and it may not be made (auto-creation is off, or the name is not legal, or the table
  // is full).
  bool find_or_make(std::string_view name, int64_t now_ms, config *out);
  bool find(std::string_view name, config *out) const;
  void put(const config &c, int64_t now_ms);
  // False: there was none.
  bool remove(std::string_view name, int64_t now_ms);

  protocol::subscription_group_table snapshot() const;
  // Adds what a file says. STN_E_CORRUPT: not such a file, the table is unchanged.
  status load(std::string_view text);

  // Grows with every change.
  uint64_t changes() const { return changes_.load(std::memory_order_relaxed); }

 private:
  struct text_hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  void changed(int64_t now_ms);  // under the lock

  const bool auto_create_;
  const size_t groups_max_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, config, text_hash, std::equal_to<>> groups_;
  protocol::data_version version_;
  std::atomic<uint64_t> changes_{0};
};

}  // namespace stn::broker_groups
