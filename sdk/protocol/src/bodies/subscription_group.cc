#include "stanchion/protocol/bodies/subscription_group.h"

#include "codec.h"

namespace stn::protocol {
namespace {

json to_json(const subscription_group_config &g) {
  return {{"brokerId", g.broker_id},
          {"consumeBroadcastEnable", g.consume_broadcast_enable},
          {"consumeEnable", g.consume_enable},
          {"consumeFromMinEnable", g.consume_from_min_enable},
          {"groupName", g.name},
          {"notifyConsumerIdsChangedEnable", g.notify_ids_changed},
          {"retryMaxTimes", g.retry_times_max},
          {"retryQueueNums", g.retry_queues},
          {"whichBrokerWhenConsumeSlowly", g.slow_consume_broker_id}};
}

void from_json(const json &in, subscription_group_config *out) {
  const subscription_group_config defaults;
  out->name = text_at(in, "groupName");
  out->consume_enable = bool_at(in, "consumeEnable", true);
  out->consume_from_min_enable = bool_at(in, "consumeFromMinEnable", true);
  out->consume_broadcast_enable = bool_at(in, "consumeBroadcastEnable", true);
  out->retry_queues = int32_at(in, "retryQueueNums", defaults.retry_queues);
  out->retry_times_max = int32_at(in, "retryMaxTimes", defaults.retry_times_max);
  out->broker_id = int_at(in, "brokerId", defaults.broker_id);
  out->slow_consume_broker_id =
      int_at(in, "whichBrokerWhenConsumeSlowly", defaults.slow_consume_broker_id);
  out->notify_ids_changed = bool_at(in, "notifyConsumerIdsChangedEnable", true);
}

json to_json(const subscription_group_table &t) {
  json groups = json::object();
  for (const auto &[name, config] : t.groups) groups[name] = to_json(config);
  return {{"dataVersion", to_json(t.version)}, {"subscriptionGroupTable", std::move(groups)}};
}

}  // namespace

std::string encode(const subscription_group_config &g) { return compact(to_json(g)); }

outcome decode(std::string_view text, subscription_group_config *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  from_json(in, out);
  return {};
}

std::string encode(const subscription_group_table &t) { return compact(to_json(t)); }

std::string encode_file(const subscription_group_table &t) { return pretty(to_json(t)); }

outcome decode(std::string_view text, subscription_group_table *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = subscription_group_table{};
  from_json(object_at(in, "dataVersion"), &out->version);
  for (const auto &[name, value] : object_at(in, "subscriptionGroupTable").items()) {
    subscription_group_config config;
    from_json(value, &config);
    if (config.name.empty()) config.name = name;
    out->groups.insert_or_assign(name, std::move(config));
  }
  return {};
}

}  // namespace stn::protocol
