// snapshot.h - the route table as readers see it: immutable, shared, made anew by each change.
//
// A snapshot is 64 shards of topics plus the brokers. A change clones the shards that it touches, the others are shared
// with the snapshot before; readers keep what they hold. `draft` is the writer's side. Snapshots: [any]. draft: one thread.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "route_data.h"

namespace stn::namesrv_routes {

// How numbers stand as keys in a JSON object: old clients get them bare, as the original writes them for these.
enum class key_style { bare, quoted };

// One topic's queues, with its encoded route. The route also depends on the brokers, so it is kept for one set of them.
class topic_entry {
 public:
  explicit topic_entry(queues_by_broker queues) : queues_(std::move(queues)) {}

  const queues_by_broker &queues() const { return queues_; }

  // The encoded route if it was stored for these brokers, else null.
  std::shared_ptr<const std::string> route(const broker_groups *brokers, key_style style) const;
  void store_route(const std::shared_ptr<const broker_groups> &brokers, key_style style,
                   std::shared_ptr<const std::string> body) const;

 private:
  const queues_by_broker queues_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::shared_ptr<const broker_groups> brokers_;
  mutable std::array<std::shared_ptr<const std::string>, 2> bodies_;
};

using topic_entry_ptr = std::shared_ptr<const topic_entry>;

struct name_hash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};
using topic_shard = std::unordered_map<std::string, topic_entry_ptr, name_hash, std::equal_to<>>;

inline constexpr size_t k_shards = 64;

struct snapshot {
  std::shared_ptr<const broker_groups> brokers = std::make_shared<const broker_groups>();
  std::shared_ptr<const clusters> by_cluster = std::make_shared<const clusters>();
  std::array<std::shared_ptr<const topic_shard>, k_shards> topics;

  snapshot();
  // NULL: no broker has the topic.
  topic_entry_ptr topic(std::string_view name) const;
  // Calls f(name, entry) for every topic, in no order.
  template <class F>
  void each_topic(F &&f) const {
    for (const auto &shard : topics) {
      for (const auto &[name, entry] : *shard) f(name, *entry);
    }
  }
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

// A snapshot in the making.
class draft {
 public:
  explicit draft(const snapshot &base);

  const broker_groups &brokers() const { return *next_->brokers; }
  broker_groups &edit_brokers();
  clusters &edit_clusters();

  topic_entry_ptr topic(std::string_view name) const { return next_->topic(name); }
  // Gives the broker these queues of the topic. True if that was a change.
  bool set_queues(std::string_view topic, std::string_view broker, const queue_data &queues);
  // Takes the topic away from the broker; without any broker it is gone. True if that was a change.
  bool drop_queues(std::string_view topic, std::string_view broker);
  void drop_topic(std::string_view topic);
  void drop_broker_from_topics(std::string_view broker);

  const snapshot &now() const { return *next_; }
  snapshot_ptr finish() { return std::move(next_); }

 private:
  topic_shard &edit_shard(size_t i);
  void put(std::string_view topic, queues_by_broker queues);

  std::shared_ptr<snapshot> next_;
  std::shared_ptr<broker_groups> brokers_;
  std::shared_ptr<clusters> clusters_;
  std::array<std::shared_ptr<topic_shard>, k_shards> shards_;
};

}  // namespace stn::namesrv_routes
