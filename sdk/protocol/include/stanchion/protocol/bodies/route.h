// stanchion/protocol/bodies/route.h - where a topic's queues are (105), the clusters (106), lists and tables.
//
// Rules: bodies/data_version.h. [any]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct queue_data {
  std::string broker_name;
  int32_t read_queues = 0;
  int32_t write_queues = 0;
  int32_t perm = 0;
  int32_t sys_flag = 0;

  bool operator==(const queue_data &) const = default;
};

struct broker_data {
  std::string cluster;
  std::string broker_name;
  std::map<int64_t, std::string> addrs;  // by broker id; 0 is the master

  bool operator==(const broker_data &) const = default;
};

struct topic_route {
  std::vector<queue_data> queues;
  std::vector<broker_data> brokers;
  std::map<std::string, std::vector<std::string>> filter_servers;
  std::string order_conf;  // empty: left out

  bool operator==(const topic_route &) const = default;
};

// Broker ids as keys are quoted for peers that want standard JSON (version >= k_version_standard_route_json or
// acceptStandardJsonOnly), bare for older ones, as the stock name server does. Compact: one client splits by hand.
enum class json_dialect { standard, bare_numeric_keys };
std::string encode(const topic_route &r, json_dialect dialect);
outcome decode(std::string_view text, topic_route *out);

struct cluster_info {
  std::map<std::string, broker_data> brokers;                // by broker name
  std::map<std::string, std::vector<std::string>> clusters;  // broker names by cluster

  bool operator==(const cluster_info &) const = default;
};
std::string encode(const cluster_info &c);
outcome decode(std::string_view text, cluster_info *out);

struct topic_list {  // 206, 224, 304, 305
  std::vector<std::string> topics;
  std::string broker_addr;  // empty: left out

  bool operator==(const topic_list &) const = default;
};
std::string encode(const topic_list &l);
outcome decode(std::string_view text, topic_list *out);

using kv_table = std::map<std::string, std::string, std::less<>>;  // 28, 103 (reply), 219
std::string encode(const kv_table &t);
outcome decode(std::string_view text, kv_table *out);

// The name server's kvConfig.json: tables by namespace.
using kv_config = std::map<std::string, kv_table, std::less<>>;
std::string encode_file(const kv_config &c);
outcome decode(std::string_view text, kv_config *out);

}  // namespace stn::protocol
