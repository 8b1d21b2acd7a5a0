// topic_table.h - the topics of this broker and their version.
//
// Senders and pullers look topics up once per batch under a shared lock that is held for a few hash look-ups; nothing is
// allocated then. A change takes the lock alone, raises the version and calls `changed` when the lock is free again.
// All functions: [any].
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "stanchion/ext/topics.h"
#include "stanchion/protocol/bodies/topic_config.h"
#include "stanchion/sdk/status.h"
#include "topic_names.h"

namespace stn::broker_topics {

// Topics as of one moment, for a registration.
struct topic_changes {
  uint64_t generation = 0;
  protocol::topic_config_table table;
};

class topic_table {
 public:
  struct options {
    std::string cluster;
    std::string broker;
    bool auto_create = true;
    size_t max_topics = 100000;
    std::function<int64_t()> now_ms;                           // wall clock, for the version
    std::function<result<uint32_t>(std::string_view)> intern;  // a topic's number in the store
    std::function<void()> changed;  // called without the lock, on the changing thread
  };
  explicit topic_table(options o);

  const system_topics &system() const { return system_; }

  // Before anything else: the stored table, then the topics that must exist. Neither calls `changed`.
  status load(const protocol::topic_config_table &stored);
  status add_if_missing(std::string_view name, int32_t queues, int32_t perm);

  void lookup(const stn_str *names, uint32_t n, stn_topic *out) const;
  result<stn_topic> ensure(std::string_view name, int32_t queues, int32_t perm);
  result<stn_topic> derive(std::string_view name, std::string_view base, int32_t queues);

  std::optional<protocol::topic_config> find(std::string_view name) const;
  // Makes or replaces topics; the new generation.
  result<uint64_t> put(const std::vector<protocol::topic_config> &topics);
  // The topic's number in the store, which may be dropped now; nothing if there was no such topic.
  std::optional<uint32_t> remove(std::string_view name);
  // Exactly these topics are order topics. True if that was a change; `changed` was called then.
  bool set_order_topics(const std::set<std::string, std::less<>> &topics);

  // Grows with every change.
  uint64_t generation() const;
  // Topics that changed behind generation `since`; all of them for 0.
  topic_changes changes_since(uint64_t since) const;

 private:
  struct entry {
    protocol::topic_config config;
    stn_topic facts{};
    uint64_t generation = 0;
  };
  struct name_hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };

  stn_topic facts_of(const protocol::topic_config &c, uint32_t id) const;
  const entry *find_entry(std::string_view name) const;
  status insert(protocol::topic_config config);
  void next_version();
  result<stn_topic> make(std::string_view name, int32_t queues, int32_t perm,
                         std::string_view filter_type);

  const options options_;
  const system_topics system_;
  mutable std::shared_mutex mutex_;  // guards what follows; the store's own lock is taken inside it
  std::unordered_map<std::string, entry, name_hash, std::equal_to<>> topics_;
  protocol::data_version version_;
  uint64_t generation_ = 1;
};

}  // namespace stn::broker_topics
