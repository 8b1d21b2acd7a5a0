#include "stanchion/protocol/bodies/route.h"

#include "codec.h"

namespace stn::protocol {
namespace {

json to_json(const queue_data &q) {
  return {{"brokerName", q.broker_name},
          {"perm", q.perm},
          {"readQueueNums", q.read_queues},
          {"topicSysFlag", q.sys_flag},
          {"writeQueueNums", q.write_queues}};
}

json to_json(const broker_data &b) {
  json addrs = json::object();
  for (const auto &[id, addr] : b.addrs) addrs[std::to_string(id)] = addr;
  return {{"brokerAddrs", std::move(addrs)}, {"brokerName", b.broker_name}, {"cluster", b.cluster}};
}

broker_data broker_from(const json &in) {
  broker_data out;
  out.broker_name = text_at(in, "brokerName");
  out.cluster = text_at(in, "cluster");
  for (const auto &[key, addr] : object_at(in, "brokerAddrs").items()) {
    int64_t id = 0;
    if (key_number(key, &id) && addr.is_string()) out.addrs[id] = addr.get<std::string>();
  }
  return out;
}

// The dialect of older peers, by hand: a JSON library has no bare keys.
std::string bare_broker(const broker_data &b) {
  std::string out = "{\"brokerAddrs\":{";
  bool first = true;
  for (const auto &[id, addr] : b.addrs) {
    if (!first) out += ',';
    first = false;
    out += std::to_string(id) + ':' + compact(addr);
  }
  out += "},\"brokerName\":" + compact(b.broker_name) + ",\"cluster\":" + compact(b.cluster) + '}';
  return out;
}

std::string bare_brokers(const std::vector<broker_data> &brokers) {
  std::string out = "[";
  for (const broker_data &b : brokers) {
    if (out.size() > 1) out += ',';
    out += bare_broker(b);
  }
  return out + ']';
}

json string_lists(const std::map<std::string, std::vector<std::string>> &lists) {
  json out = json::object();
  for (const auto &[key, list] : lists) out[key] = list;
  return out;
}

std::map<std::string, std::vector<std::string>> string_lists_from(const json &in) {
  std::map<std::string, std::vector<std::string>> out;
  for (const auto &[key, list] : in.items()) {
    if (list.is_array()) out[key] = texts_of(list);
  }
  return out;
}

}  // namespace

std::string encode(const topic_route &r, json_dialect dialect) {
  json rest = {{"filterServerTable", string_lists(r.filter_servers)},
               {"queueDatas", json::array()}};
  for (const queue_data &q : r.queues) rest["queueDatas"].push_back(to_json(q));
  if (!r.order_conf.empty()) rest["orderTopicConf"] = r.order_conf;
  if (dialect == json_dialect::bare_numeric_keys) {
    // "brokerDatas" sorts before all other keys.
    return "{\"brokerDatas\":" + bare_brokers(r.brokers) + ',' + compact(rest).substr(1);
  }
  rest["brokerDatas"] = json::array();
  for (const broker_data &b : r.brokers) rest["brokerDatas"].push_back(to_json(b));
  return compact(rest);
}

outcome decode(std::string_view text, topic_route *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = topic_route{};
  for (const json &b : array_at(in, "brokerDatas")) out->brokers.push_back(broker_from(b));
  for (const json &q : array_at(in, "queueDatas")) {
    out->queues.push_back({text_at(q, "brokerName"), int32_at(q, "readQueueNums"),
                           int32_at(q, "writeQueueNums"), int32_at(q, "perm"),
                           int32_at(q, "topicSysFlag")});
  }
  out->filter_servers = string_lists_from(object_at(in, "filterServerTable"));
  out->order_conf = text_at(in, "orderTopicConf");
  return {};
}

std::string encode(const cluster_info &c) {
  json brokers = json::object();
  for (const auto &[name, broker] : c.brokers) brokers[name] = to_json(broker);
  return compact(
      {{"brokerAddrTable", std::move(brokers)}, {"clusterAddrTable", string_lists(c.clusters)}});
}

outcome decode(std::string_view text, cluster_info *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = cluster_info{};
  for (const auto &[name, broker] : object_at(in, "brokerAddrTable").items()) {
    out->brokers[name] = broker_from(broker);
  }
  out->clusters = string_lists_from(object_at(in, "clusterAddrTable"));
  return {};
}

std::string encode(const topic_list &l) {
  json out = {{"topicList", l.topics}};
  if (!l.broker_addr.empty()) out["brokerAddr"] = l.broker_addr;
  return compact(out);
}

outcome decode(std::string_view text, topic_list *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = {texts_of(array_at(in, "topicList")), text_at(in, "brokerAddr")};
  return {};
}

namespace {

kv_table kv_table_from(const json &in) {
  kv_table out;
  for (const auto &item : in.items()) {
    const json &v = item.value();
    if (!v.is_null()) out[item.key()] = v.is_string() ? v.get<std::string>() : compact(v);
  }
  return out;
}

}  // namespace

std::string encode(const kv_table &t) {
  json table = json::object();
  for (const auto &[key, value] : t) table[key] = value;
  return compact({{"table", std::move(table)}});
}

outcome decode(std::string_view text, kv_table *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = kv_table_from(object_at(in, "table"));
  return {};
}

std::string encode_file(const kv_config &c) {
  json tables = json::object();
  for (const auto &[name, table] : c) {
    json &to = tables[name] = json::object();
    for (const auto &[key, value] : table) to[key] = value;
  }
  return pretty({{"configTable", std::move(tables)}});
}

outcome decode(std::string_view text, kv_config *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  out->clear();
  for (const auto &[name, table] : object_at(in, "configTable").items()) {
    if (table.is_object()) (*out)[name] = kv_table_from(table);
  }
  return {};
}

}  // namespace stn::protocol
