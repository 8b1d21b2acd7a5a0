// route_data.h - what brokers tell the name server: the values of the route table.
//
// Plain values without behaviour. Names are as long as the wire allows; nothing is checked against a pattern, as the
// original stores what it is told.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace stn::namesrv_routes {

inline constexpr int64_t k_master_id = 0;
inline constexpr int32_t k_perm_write = 2;
inline constexpr int32_t k_perm_read = 4;
inline constexpr int32_t k_sysflag_unit = 1;
inline constexpr int32_t k_sysflag_unit_sub = 2;

// The queues that one broker group has of a topic.
struct queue_data {
  int32_t read_queues = 0;
  int32_t write_queues = 0;
  int32_t perm = 0;
  int32_t sysflag = 0;
  bool operator==(const queue_data &) const = default;
};

// Version of a broker's topic table; a registration with the version already known changes no queues.
struct data_version {
  int64_t state = 0;
  int64_t timestamp_ms = 0;
  int64_t counter = 0;
  bool operator==(const data_version &) const = default;
};

using broker_addresses = std::map<int64_t, std::string>;  // by broker id

// A broker group: the master and its slaves under one name.
struct broker_group {
  std::string cluster;
  broker_addresses addresses;
};

using broker_groups = std::map<std::string, broker_group, std::less<>>;  // by broker name
using clusters =
    std::map<std::string, std::set<std::string>, std::less<>>;            // broker names by cluster
using queues_by_broker = std::map<std::string, queue_data, std::less<>>;  // by broker name

// Who registers or leaves.
struct broker_ref {
  std::string_view cluster;
  std::string_view name;
  std::string_view address;
  int64_t id = 0;
};

struct topic_queues {
  std::string topic;
  queue_data queues;
};

// One registration, decoded.
struct registration {
  broker_ref broker;
  std::string_view ha_address;
  data_version version;
  std::vector<topic_queues> topics;
};

}  // namespace stn::namesrv_routes
