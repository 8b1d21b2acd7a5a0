#include "bodies.h"

#include <nlohmann/json.hpp>

namespace stn::namesrv_routes {

using nlohmann::json;

namespace {

// Names come from the wire and need not be UTF-8: what is not becomes U+FFFD.
std::string dump(const json &j) { return j.dump(-1, ' ', false, json::error_handler_t::replace); }
std::string json_text(std::string_view text) { return dump(json(text)); }

json parse(std::string_view text) {
  json j = json::parse(text.begin(), text.end(), nullptr, false);
  return j.is_object() ? j : json();
}

const json &member(const json &j, const char *key) {
  static const json none;
  auto found = j.is_object() ? j.find(key) : j.end();
  return j.is_object() && found != j.end() ? *found : none;
}

int64_t number(const json &j, const char *key, int64_t fallback) {
  const json &v = member(j, key);
  return v.is_number_integer() ? v.get<int64_t>() : fallback;
}
int32_t number32(const json &j, const char *key, int32_t fallback) {
  return static_cast<int32_t>(number(j, key, fallback));
}

std::string text(const json &j, const char *key) {
  const json &v = member(j, key);
  return v.is_string() ? v.get<std::string>() : std::string();
}

data_version version_of(const json &j) {
  return {.state = number(j, "stateVersion", 0),
          .timestamp_ms = number(j, "timestamp", 0),
          .counter = number(j, "counter", 0)};
}

// Defaults are those of the original's topic configuration.
queue_data queues_of_config(const json &j) {
  return {.read_queues = number32(j, "readQueueNums", 16),
          .write_queues = number32(j, "writeQueueNums", 16),
          .perm = number32(j, "perm", k_perm_read | k_perm_write),
          .sysflag = number32(j, "topicSysFlag", 0)};
}

std::string addresses_text(const broker_addresses &addresses, key_style style) {
  std::string out = "{";
  for (const auto &[id, address] : addresses) {
    const std::string key = std::to_string(id);
    if (out.size() > 1) out += ',';
    out += style == key_style::bare ? key : '"' + key + '"';
    out += ':' + json_text(address);
  }
  return out + '}';
}

std::string group_text(std::string_view name, const broker_group &group, key_style style) {
  return "{\"brokerAddrs\":" + addresses_text(group.addresses, style) +
         ",\"brokerName\":" + json_text(name) + ",\"cluster\":" + json_text(group.cluster) + '}';
}

std::string queues_text(std::string_view broker, const queue_data &q) {
  return "{\"brokerName\":" + json_text(broker) + ",\"perm\":" + std::to_string(q.perm) +
         ",\"readQueueNums\":" + std::to_string(q.read_queues) +
         ",\"topicSysFlag\":" + std::to_string(q.sysflag) +
         ",\"writeQueueNums\":" + std::to_string(q.write_queues) + '}';
}

}  // namespace

std::string encode_route(const topic_entry &topic, const broker_groups &brokers, key_style style,
                         std::string_view order_conf) {
  std::string groups;
  std::string queues;
  for (const auto &[name, data] : topic.queues()) {
    if (!queues.empty()) queues += ',';
    queues += queues_text(name, data);
    auto group = brokers.find(name);
    if (group == brokers.end()) continue;
    if (!groups.empty()) groups += ',';
    groups += group_text(name, group->second, style);
  }
  if (groups.empty()) return {};
  std::string out = "{\"brokerDatas\":[" + groups + "],\"filterServerTable\":{}";
  if (!order_conf.empty()) out += ",\"orderTopicConf\":" + json_text(order_conf);
  return out + ",\"queueDatas\":[" + queues + "]}";
}

std::string encode_cluster_info(const snapshot &s) {
  std::string groups;
  for (const auto &[name, group] : *s.brokers) {
    if (!groups.empty()) groups += ',';
    groups += json_text(name) + ':' + group_text(name, group, key_style::quoted);
  }
  json names = json::object();
  for (const auto &[cluster, brokers] : *s.by_cluster) names[cluster] = brokers;
  return "{\"brokerAddrTable\":{" + groups + "},\"clusterAddrTable\":" + dump(names) + '}';
}

std::string encode_topic_list(const std::vector<std::string> &topics,
                              std::string_view broker_address) {
  json j = {{"topicList", topics}};
  if (!broker_address.empty()) j["brokerAddr"] = broker_address;
  return dump(j);
}

std::string encode_data_version(const data_version &v) {
  return dump({{"counter", v.counter}, {"stateVersion", v.state}, {"timestamp", v.timestamp_ms}});
}

std::string encode_member_group(std::string_view cluster, std::string_view broker,
                                const broker_group *group) {
  json addresses = json::object();
  if (group != nullptr) {
    for (const auto &[id, address] : group->addresses) addresses[std::to_string(id)] = address;
  }
  return dump({{"brokerMemberGroup",
                {{"brokerAddrs", addresses}, {"brokerName", broker}, {"cluster", cluster}}}});
}

bool decode_register_json(std::string_view body, bool wrapped, registration *out) {
  const json root = parse(body);
  if (!root.is_object()) return false;
  const json &table = wrapped ? member(root, "topicConfigSerializeWrapper") : root;
  out->version = version_of(member(table, "dataVersion"));
  const json &topics = member(table, "topicConfigTable");
  if (!topics.is_object()) return true;
  out->topics.reserve(topics.size());
  for (const auto &[key, config] : topics.items()) {
    std::string name = text(config, "topicName");
    if (name.empty()) name = key;
    out->topics.push_back({std::move(name), queues_of_config(config)});
  }
  return true;
}

bool decode_data_version(std::string_view body, data_version *out) {
  const json root = parse(body);
  if (!root.is_object()) return false;
  *out = version_of(root);
  return true;
}

bool decode_queue_datas(std::string_view body,
                        std::vector<std::pair<std::string, queue_data>> *out) {
  const json root = parse(body);
  if (!root.is_object()) return false;
  const json &all = member(root, "queueDatas");
  if (!all.is_array()) return true;
  for (const json &q : all) {
    out->emplace_back(text(q, "brokerName"),
                      queue_data{.read_queues = number32(q, "readQueueNums", 0),
                                 .write_queues = number32(q, "writeQueueNums", 0),
                                 .perm = number32(q, "perm", 0),
                                 .sysflag = number32(q, "topicSysFlag", 0)});
  }
  return true;
}

}  // namespace stn::namesrv_routes
