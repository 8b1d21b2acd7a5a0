#include "consumer_table.h"

#include <algorithm>
#include <iterator>

namespace stn::broker_groups {

bool consumer_table::beat(const member &m, const protocol::consumer_data &data,
                          bool keep_subscriptions, std::vector<connection> *members) {
  bool joined = false;
  bool changed = false;
  {
    shard &s = shard_of(data.group);
    std::lock_guard lock(s.mutex);
    membership &g = s.groups[data.group];
    g.type = data.type;
    g.model = data.model;
    g.from = data.from;
    joined = g.members.beat(m);
    changed = !keep_subscriptions && update_subscriptions(g, data);
    if (joined || changed) *members = g.members.connections();
  }
  if (joined) remember(m.conn_id, data.group);
  return joined || changed;
}

// True if a topic was added or dropped; another version of the same one is taken over quietly.
bool consumer_table::update_subscriptions(membership &g, const protocol::consumer_data &data) {
  bool changed = false;
  for (const protocol::subscription_data &sub : data.subscriptions) {
    auto at = g.subscriptions.find(sub.topic);
    if (at == g.subscriptions.end()) {
      g.subscriptions.emplace(sub.topic, subscription_ref(sub));
      changed = true;
    } else if (sub.version_ms > at->second->data().version_ms) {
      at->second = subscription_ref(sub);
    }
  }
  const auto dropped = std::erase_if(g.subscriptions, [&](const auto &known) {
    return std::none_of(data.subscriptions.begin(), data.subscriptions.end(),
                        [&](const auto &sub) { return sub.topic == known.first; });
  });
  return changed || dropped != 0;
}

void consumer_table::remember(uint64_t conn_id, const std::string &group) {
  std::lock_guard lock(index_mutex_);
  auto &groups = groups_of_[conn_id];
  if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
}

bool consumer_table::remove(std::string_view group, uint64_t conn_id,
                            std::vector<connection> *left) {
  shard &s = shard_of(group);
  std::lock_guard lock(s.mutex);
  auto at = s.groups.find(group);
  if (at == s.groups.end() || !at->second.members.remove(conn_id)) return false;
  *left = at->second.members.connections();
  if (left->empty()) s.groups.erase(at);
  return true;
}

std::vector<group_change> consumer_table::closed(uint64_t conn_id) {
  std::vector<std::string> groups;
  {
    std::lock_guard lock(index_mutex_);
    auto at = groups_of_.find(conn_id);
    if (at == groups_of_.end()) return {};
    groups = std::move(at->second);
    groups_of_.erase(at);
  }
  std::vector<group_change> changes;
  for (std::string &group : groups) {
    std::vector<connection> left;
    if (remove(group, conn_id, &left)) changes.push_back({std::move(group), std::move(left)});
  }
  return changes;
}

std::vector<group_change> consumer_table::expire(int64_t before_ms,
                                                 std::vector<connection> *expired) {
  std::vector<group_change> changes;
  for (shard &s : shards_) {
    std::lock_guard lock(s.mutex);
    for (auto it = s.groups.begin(); it != s.groups.end();) {
      member_list &members = it->second.members;
      if (members.expire(before_ms, expired)) {
        changes.push_back({it->first, members.connections()});
      }
      it = members.empty() ? s.groups.erase(it) : std::next(it);
    }
  }
  return changes;
}

std::vector<std::string> consumer_table::client_ids(std::string_view group) const {
  std::vector<std::string> ids;
  const shard &s = shard_of(group);
  std::lock_guard lock(s.mutex);
  auto at = s.groups.find(group);
  if (at == s.groups.end()) return ids;
  for (const member &m : at->second.members.all()) ids.push_back(m.client_id);
  return ids;
}

bool consumer_table::describe(std::string_view group, protocol::consumer_connection *out) const {
  const shard &s = shard_of(group);
  std::lock_guard lock(s.mutex);
  auto at = s.groups.find(group);
  if (at == s.groups.end()) return false;
  const membership &g = at->second;
  out->type = g.type;
  out->model = g.model;
  out->from = g.from;
  for (const member &m : g.members.all()) {
    out->connections.push_back(
        {m.client_id, m.peer, protocol::language_from(m.language), m.version});
  }
  for (const auto &[topic, sub] : g.subscriptions) out->subscriptions[topic] = sub->data();
  return true;
}

void consumer_table::find_subscription(std::string_view group, std::string_view topic,
                                       stn_subscription *out) const {
  out->flags = 0;
  out->version = 0;
  out->expr = out->type = stn_str{};
  out->owner = nullptr;
  const shard &s = shard_of(group);
  std::lock_guard lock(s.mutex);
  auto at = s.groups.find(group);
  if (at == s.groups.end()) return;
  out->flags = STN_SUB_ONLINE;
  if (at->second.model == protocol::message_model::broadcasting) {
    out->flags |= STN_SUB_BROADCASTING;
  }
  auto sub = at->second.subscriptions.find(topic);
  if (sub == at->second.subscriptions.end()) return;
  out->flags |= STN_SUB_FOUND;
  const protocol::subscription_data &data = sub->second->data();
  out->version = data.version_ms;
  out->expr = {data.expression.data(), data.expression.size()};
  out->type = {data.expression_type.data(), data.expression_type.size()};
  sub->second->retain(1);
  out->owner = sub->second->owner();
}

}  // namespace stn::broker_groups
