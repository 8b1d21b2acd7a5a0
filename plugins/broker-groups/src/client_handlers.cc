#include "client_handlers.h"

#include "stanchion/protocol/bodies/connections.h"
#include "stanchion/protocol/bodies/heartbeat.h"
#include "stanchion/protocol/bodies/queue_lock.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/headers/client.h"

namespace stn::broker_groups {

namespace {

using protocol::response_code::subscription_parse_failed;
using protocol::response_code::system_error;

constexpr std::string_view k_retry_prefix = "%RETRY%";

member member_of(const group_state &s, const stn_req_view &q, const std::string &client_id) {
  member m;
  m.conn = connection(s.transport.api, q.conn);
  m.conn_id = q.conn_id;
  m.client_id = client_id;
  m.peer = view(q.peer);
  m.language = static_cast<uint8_t>(q.language);
  m.version = q.version;
  m.seen_ms = s.mono_ms();
  m.seen_wall_ms = s.log.now_ms();
  return m;
}

// Consumers look for their retry topic before anything has been sent to it.
void ensure_retry_topic(const group_state &s, const group_table::config &group) {
  const std::string name = std::string(k_retry_prefix) + group.name;
  stn_topic made{};
  stn_error err{};
  const stn_status st = s.topics->ensure(s.topics.self, str(name), group.retry_queues,
                                         STN_PERM_READ | STN_PERM_WRITE, &made, &err);
  if (st != STN_OK) {
    s.log.warn("retry topic not made",
               {{"topic", name}, {"why", std::string(err.msg, err.msg_len)}});
  }
}

void beat_consumer(group_state &s, const member &m, const protocol::consumer_data &data,
                   bool keep_subscriptions) {
  group_table::config group;
  const bool known = s.find_or_make(data.group, &group);
  if (known) ensure_retry_topic(s, group);
  std::vector<connection> members;
  if (!s.consumers.beat(m, data, keep_subscriptions, &members)) return;
  s.log.info("consumer group changed",
             {{"group", data.group}, {"client", m.client_id}, {"members", members.size()}});
  if (!known || group.notify_ids_changed) s.notify->members_changed(data.group, members);
}

}  // namespace

answer heartbeat(group_state &s, const stn_req_view &q) {
  return with_body<protocol::heartbeat_data>(q, [&](const protocol::heartbeat_data &h) -> answer {
    const member m = member_of(s, q, h.client_id);
    for (const protocol::consumer_data &data : h.consumers) {
      beat_consumer(s, m, data, h.without_subscriptions);
    }
    for (const std::string &group : h.producer_groups) s.producers.beat(group, m);
    return {};
  });
}

answer unregister_client(group_state &s, const stn_req_view &q) {
  using header = protocol::unregister_client_header;
  if (q.n_fields == 0) return {};  // the original checks fields only where there are some
  return with_header<header>(q, [&](const header &h) -> answer {
    if (h.producer_group.data() != nullptr) s.producers.remove(h.producer_group, q.conn_id);
    if (h.consumer_group.data() == nullptr) return {};
    std::vector<connection> left;
    if (!s.consumers.remove(h.consumer_group, q.conn_id, &left)) return {};
    group_table::config group;
    const bool known = s.groups->find(h.consumer_group, &group);
    if (!known || group.notify_ids_changed) s.notify->members_changed(h.consumer_group, left);
    return {};
  });
}

answer consumer_ids(group_state &s, const stn_req_view &q) {
  using header = protocol::consumer_group_header;
  return with_header<header>(q, [&](const header &h) -> answer {
    protocol::consumer_id_list list{s.consumers.client_ids(h.consumer_group)};
    // Never an empty list: clients would drop all their queues.
    if (list.ids.empty()) {
      return {system_error, "no consumer for this group, " + std::string(h.consumer_group)};
    }
    return {.body = protocol::encode(list)};
  });
}

answer lock_queues(group_state &s, const stn_req_view &q) {
  using body = protocol::lock_batch_request;
  return with_body<body>(q, [&](const body &b) -> answer {
    const protocol::lock_batch_reply reply{
        s.locks->lock(b.consumer_group, b.client_id, b.queues, s.mono_ms())};
    return {.body = protocol::encode(reply)};
  });
}

answer unlock_queues(group_state &s, const stn_req_view &q) {
  using body = protocol::lock_batch_request;
  return with_body<body>(q, [&](const body &b) -> answer {
    s.locks->unlock(b.consumer_group, b.client_id, b.queues);
    return {};
  });
}

namespace {

const iface<stn_filter_api> *filter_for(const group_state &s, std::string_view type) {
  for (const auto &f : s.filters) {
    const char *const *names = nullptr;
    if (f->types(f.self, &names) != STN_OK) continue;
    for (; *names != nullptr; names++) {
      if (type == *names) return &f;
    }
  }
  return nullptr;
}

}  // namespace

answer check_client_config(group_state &s, const stn_req_view &q) {
  using body = protocol::check_client_config;
  return with_body<body>(q, [&](const body &b) -> answer {
    const protocol::subscription_data &sub = b.subscription;
    if (sub.expression_type == "TAG") return {};
    const auto *filter = filter_for(s, sub.expression_type);
    if (filter == nullptr) {
      return {system_error,
              "The broker does not support consumer to filter message by " + sub.expression_type};
    }
    stn_matcher *matcher = nullptr;
    stn_error err{};
    const stn_status st = (*filter)->compile(filter->self, str(sub.expression_type),
                                             str(sub.expression), &matcher, &err);
    if (st != STN_OK) return {subscription_parse_failed, std::string(err.msg, err.msg_len)};
    (*filter)->destroy(matcher);
    return {};
  });
}

void connection_closed(group_state &s, uint64_t conn_id) {
  s.producers.closed(conn_id);
  for (const group_change &change : s.consumers.closed(conn_id)) {
    s.log.info("consumer disconnected",
               {{"group", change.group}, {"members", change.members.size()}});
    s.notify->members_changed(change.group, change.members);
  }
}

void sweep(group_state &s, int64_t timeout_ms) {
  const int64_t now_ms = s.mono_ms();
  std::vector<connection> expired;
  s.producers.expire(now_ms - timeout_ms, &expired);
  for (const group_change &change : s.consumers.expire(now_ms - timeout_ms, &expired)) {
    s.log.warn("consumer without heartbeat removed",
               {{"group", change.group}, {"members", change.members.size()}});
    s.notify->members_changed(change.group, change.members);
  }
  for (const connection &c : expired) c.close();
  s.locks->sweep(now_ms);
}

}  // namespace stn::broker_groups
