// stanchion/protocol/bodies/subscription_group.h - consumer groups: body of 200 and 201, config/subscriptionGroup.json.
//
// Rules: bodies/data_version.h. [any]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "stanchion/protocol/bodies/data_version.h"

namespace stn::protocol {

struct subscription_group_config {
  std::string name;
  bool consume_enable = true;
  bool consume_from_min_enable = true;
  bool consume_broadcast_enable = true;
  int32_t retry_queues = 1;
  int32_t retry_times_max = 16;
  int64_t broker_id = 0;
  int64_t slow_consume_broker_id = 1;  // whichBrokerWhenConsumeSlowly
  bool notify_ids_changed = true;

  bool operator==(const subscription_group_config &) const = default;
};
std::string encode(const subscription_group_config &g);
outcome decode(std::string_view text, subscription_group_config *out);

struct subscription_group_table {
  data_version version;
  std::map<std::string, subscription_group_config, std::less<>> groups;

  bool operator==(const subscription_group_table &) const = default;
};
std::string encode(const subscription_group_table &t);
std::string encode_file(const subscription_group_table &t);
outcome decode(std::string_view text, subscription_group_table *out);

}  // namespace stn::protocol
