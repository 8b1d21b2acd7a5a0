#include "query_handlers.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bodies.h"
#include "failure.h"
#include "stanchion/protocol/headers/namesrv.h"
#include "stanchion/protocol/version.h"

namespace stn::namesrv_routes {

namespace {

constexpr std::string_view k_help =
    "\nSee http://rocketmq.apache.org/docs/faq/ for further details.";

// The encoded route, from the entry if it was encoded for the same brokers before.
std::shared_ptr<const std::string> encoded(const topic_entry &topic, const snapshot &s,
                                           key_style style) {
  if (auto kept = topic.route(s.brokers.get(), style)) return kept;
  std::string body = encode_route(topic, *s.brokers, style, {});
  if (body.empty()) return nullptr;
  auto shared = std::make_shared<const std::string>(std::move(body));
  topic.store_route(s.brokers, style, shared);
  return shared;
}

}  // namespace

answer query_handlers::route(const stn_req_view &q) const {
  protocol::route_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  const bool quoted = h.standard_json_only || q.version >= protocol::k_version_standard_route_json;
  const key_style style = quoted ? key_style::quoted : key_style::bare;
  const snapshot_ptr s = table.current();

  answer a;
  if (topic_entry_ptr topic = s->topic(h.topic)) {
    const std::string conf = order.of_topic(h.topic);
    if (conf.empty()) {
      a.shared_body = encoded(*topic, *s, style);
    } else {
      a.body = encode_route(*topic, *s->brokers, style, conf);
    }
  }
  if (!a.shared_body && a.body.empty()) {
    a.code = protocol::response_code::topic_not_exist;
    a.remark = "No topic route info in name server for the topic: " + std::string(h.topic);
    a.remark += k_help;
  }
  return a;
}

answer query_handlers::cluster_info(const stn_req_view &) const {
  return {.body = encode_cluster_info(*table.current())};
}

answer query_handlers::all_topics(const stn_req_view &) const {
  std::vector<std::string> names;
  table.current()->each_topic(
      [&](const std::string &name, const topic_entry &) { names.push_back(name); });
  return {.body = encode_topic_list(names)};
}

answer query_handlers::topics_of_cluster(const stn_req_view &q) const {
  protocol::cluster_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  const snapshot_ptr s = table.current();
  std::vector<std::string> names;
  auto cluster = s->by_cluster->find(h.cluster);
  if (cluster != s->by_cluster->end()) {
    s->each_topic([&](const std::string &name, const topic_entry &topic) {
      for (const std::string &broker : cluster->second) {
        if (!topic.queues().contains(broker)) continue;
        names.push_back(name);
        return;
      }
    });
  }
  return {.body = encode_topic_list(names)};
}

answer query_handlers::system_topics(const stn_req_view &) const {
  const snapshot_ptr s = table.current();
  std::vector<std::string> names;
  for (const auto &[cluster, brokers] : *s->by_cluster) {
    names.push_back(cluster);
    names.insert(names.end(), brokers.begin(), brokers.end());
  }
  std::string address;
  for (const auto &[name, group] : *s->brokers) {
    if (address.empty() && !group.addresses.empty()) address = group.addresses.begin()->second;
  }
  return {.body = encode_topic_list(names, address)};
}

answer query_handlers::topics_by_flag(int32_t with, int32_t without) const {
  std::vector<std::string> names;
  table.current()->each_topic([&](const std::string &name, const topic_entry &topic) {
    const int32_t flags = topic.queues().begin()->second.sysflag;  // the brokers agree
    if ((flags & with) == with && (flags & without) == 0) names.push_back(name);
  });
  return {.body = encode_topic_list(names)};
}

answer query_handlers::member_group(const stn_req_view &q) const {
  const std::string_view cluster = protocol::find_field(fields_of(q), "clusterName");
  const std::string_view broker = protocol::find_field(fields_of(q), "brokerName");
  const snapshot_ptr s = table.current();
  auto group = s->brokers->find(broker);
  return {.body = encode_member_group(cluster, broker,
                                      group == s->brokers->end() ? nullptr : &group->second)};
}

}  // namespace stn::namesrv_routes
