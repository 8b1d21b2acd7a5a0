// consumer_table: which clients consume in which group, and what the group subscribes to.
//
// A group exists while it has members. Its subscriptions are those of its newest heartbeat: a newer version of one
// replaces it, one that is missing is dropped. Sharded by group; subscription() is the hot call: one short lock, two
// lookups, no allocation. Heartbeats and the end of a connection come on the connection's own thread, so the two cannot
// overtake each other. Thread: [any].
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "member_list.h"
#include "stanchion/ext/groups.h"
#include "stanchion/protocol/bodies/connections.h"
#include "stanchion/protocol/bodies/heartbeat.h"
#include "subscription.h"

namespace stn::broker_groups {

// A group whose members have changed, and who is left to be told.
struct group_change {
  std::string group;
  std::vector<connection> members;
};

class consumer_table {
 public:
  // A heartbeat of m for one group. True if a member joined or a subscription came or went; *members = everybody now.
  // keep_subscriptions: the heartbeat does not say what the client subscribes to.
  bool beat(const member &m, const protocol::consumer_data &data, bool keep_subscriptions,
            std::vector<connection> *members);
  // The client leaves one group. False: it was not in it.
  bool remove(std::string_view group, uint64_t conn_id, std::vector<connection> *left);
  // The connection is gone, from every group.
  std::vector<group_change> closed(uint64_t conn_id);
  // Takes out members not seen since before_ms and appends their connections to *expired.
  std::vector<group_change> expire(int64_t before_ms, std::vector<connection> *expired);

  // Ids of the members; empty: no such group.
  std::vector<std::string> client_ids(std::string_view group) const;
  // False: no such group.
  bool describe(std::string_view group, protocol::consumer_connection *out) const;
  // Fills *out as stn_groups_api.subscription does.
  void find_subscription(std::string_view group, std::string_view topic,
                         stn_subscription *out) const;

 private:
  struct text_hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct membership {
    member_list members;
    std::map<std::string, subscription_ref, std::less<>> subscriptions;
    protocol::consume_type type{};
    protocol::message_model model{};
    protocol::consume_from from{};
  };
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, membership, text_hash, std::equal_to<>> groups;
  };
  static constexpr size_t k_shards = 16;

  shard &shard_of(std::string_view group) { return shards_[index_of(group)]; }
  const shard &shard_of(std::string_view group) const { return shards_[index_of(group)]; }
  static size_t index_of(std::string_view group) { return (text_hash{}(group) >> 7) % k_shards; }
  static bool update_subscriptions(membership &g, const protocol::consumer_data &data);
  void remember(uint64_t conn_id, const std::string &group);

  std::array<shard, k_shards> shards_;
  mutable std::mutex index_mutex_;
  // Groups that a connection has been a member of; may name more, never less.
  std::unordered_map<uint64_t, std::vector<std::string>> groups_of_;
};

}  // namespace stn::broker_groups
