#include "route_table.h"

#include <utility>

namespace stn::namesrv_routes {

snapshot_ptr route_table::current() const {
  std::lock_guard lock(read_mutex_);
  return current_;
}

void route_table::publish(draft &d) {
  snapshot_ptr next = d.finish();
  std::lock_guard lock(read_mutex_);
  current_.swap(next);  // the old one is freed by the last reader, or here behind the lock
}

void route_table::connection_opened(uint64_t conn_id) {
  std::lock_guard lock(write_mutex_);
  connections_.insert(conn_id);
}

std::vector<std::string> route_table::connection_closed(uint64_t conn_id) {
  std::lock_guard lock(write_mutex_);
  connections_.erase(conn_id);
  std::vector<std::string> gone;
  for (const auto &[address, broker] : live_) {
    if (broker.conn_id == conn_id) gone.push_back(address);
  }
  remove_addresses(gone);
  return gone;
}

// Puts the address into its group and its group into the cluster. True if the address is new under this id.
bool route_table::update_group(draft &d, const broker_ref &b) {
  auto cluster = d.now().by_cluster->find(b.cluster);
  if (cluster == d.now().by_cluster->end() || !cluster->second.contains(std::string(b.name))) {
    d.edit_clusters()[std::string(b.cluster)].emplace(b.name);
  }
  auto known = d.brokers().find(b.name);
  if (known != d.brokers().end()) {
    const broker_addresses &addresses = known->second.addresses;
    auto same = addresses.find(b.id);
    bool elsewhere = false;
    for (const auto &[id, address] : addresses) elsewhere |= id != b.id && address == b.address;
    if (same != addresses.end() && same->second == b.address && !elsewhere) return false;
  }
  broker_group &group = d.edit_brokers()[std::string(b.name)];
  if (group.cluster.empty()) group.cluster = b.cluster;
  // A slave that became master: the same address must not stand under two ids.
  std::erase_if(group.addresses,
                [&](const auto &e) { return e.first != b.id && e.second == b.address; });
  const bool id_is_new = !group.addresses.contains(b.id);
  group.addresses[b.id] = b.address;
  return id_is_new;
}

void route_table::tell_master(const snapshot &s, const broker_ref &slave, registered *out) const {
  auto group = s.brokers->find(slave.name);
  if (group == s.brokers->end()) return;
  auto master = group->second.addresses.find(k_master_id);
  if (master == group->second.addresses.end()) return;
  auto live = live_.find(master->second);
  if (live == live_.end()) return;
  out->master_address = master->second;
  out->ha_address = live->second.ha_address;
}

registered route_table::register_broker(const registration &r, uint64_t conn_id, uint64_t now_ns) {
  registered out;
  std::lock_guard lock(write_mutex_);
  if (!connections_.contains(conn_id)) return out;
  out.accepted = true;

  snapshot_ptr before = current();
  draft d(*before);
  bool changed = update_group(d, r.broker);
  auto live = live_.find(r.broker.address);
  out.first = live == live_.end();
  if (r.broker.id == k_master_id && (changed || out.first || live->second.version != r.version)) {
    for (const topic_queues &t : r.topics)
      changed |= d.set_queues(t.topic, r.broker.name, t.queues);
  }
  live_.insert_or_assign(std::string(r.broker.address),
                         live_broker{now_ns, conn_id, r.version, std::string(r.ha_address)});
  if (r.broker.id != k_master_id) tell_master(d.now(), r.broker, &out);
  publish(d);
  return out;
}

void route_table::unregister_broker(const broker_ref &b) {
  std::lock_guard lock(write_mutex_);
  if (auto live = live_.find(b.address); live != live_.end()) live_.erase(live);
  draft d(*current());
  auto known = d.brokers().find(b.name);
  if (known == d.brokers().end() || !known->second.addresses.contains(b.id)) return;
  broker_groups &groups = d.edit_brokers();
  auto group = groups.find(b.name);
  group->second.addresses.erase(b.id);
  if (group->second.addresses.empty()) remove_group(d, b.name);
  publish(d);
}

bool route_table::touch(std::string_view address, uint64_t now_ns) {
  std::lock_guard lock(write_mutex_);
  auto live = live_.find(address);
  if (live == live_.end()) return false;
  live->second.last_ns = now_ns;
  return true;
}

version_check route_table::check_version(std::string_view address, const data_version &v,
                                         uint64_t now_ns) {
  std::lock_guard lock(write_mutex_);
  version_check out;
  auto live = live_.find(address);
  if (live == live_.end()) return out;
  out.known = live->second.version;
  out.changed = live->second.version != v;
  if (!out.changed) live->second.last_ns = now_ns;
  return out;
}

std::vector<std::string> route_table::expire(uint64_t now_ns, uint64_t expire_after_ns) {
  std::lock_guard lock(write_mutex_);
  std::vector<std::string> gone;
  for (const auto &[address, broker] : live_) {
    if (broker.last_ns + expire_after_ns < now_ns) gone.push_back(address);
  }
  remove_addresses(gone);
  return gone;
}

void route_table::remove_addresses(std::span<const std::string> addresses) {
  if (addresses.empty()) return;
  draft d(*current());
  for (const std::string &address : addresses) {
    live_.erase(address);
    remove_address(d, address);
  }
  publish(d);
}

void route_table::remove_address(draft &d, std::string_view address) {
  for (const auto &[name, group] : d.brokers()) {
    for (const auto &[id, known] : group.addresses) {
      if (known != address) continue;
      const std::string group_name = name;
      const int64_t group_id = id;
      auto edited = d.edit_brokers().find(group_name);
      edited->second.addresses.erase(group_id);
      if (edited->second.addresses.empty()) remove_group(d, group_name);
      return;
    }
  }
}

void route_table::remove_group(draft &d, std::string_view name) {
  const std::string gone(name);
  d.edit_brokers().erase(gone);
  clusters &by_cluster = d.edit_clusters();
  for (auto &[cluster, names] : by_cluster) names.erase(gone);
  std::erase_if(by_cluster, [](const auto &e) { return e.second.empty(); });
  d.drop_broker_from_topics(gone);
}

bool route_table::register_topic(std::string_view topic,
                                 std::span<const std::pair<std::string, queue_data>> by_broker) {
  std::lock_guard lock(write_mutex_);
  draft d(*current());
  for (const auto &[broker, queues] : by_broker) {
    if (!d.brokers().contains(broker)) return false;
  }
  for (const auto &[broker, queues] : by_broker) d.set_queues(topic, broker, queues);
  publish(d);
  return true;
}

void route_table::delete_topic(std::string_view topic, std::string_view cluster) {
  std::lock_guard lock(write_mutex_);
  draft d(*current());
  if (cluster.empty()) {
    d.drop_topic(topic);
  } else {
    auto names = d.now().by_cluster->find(cluster);
    if (names == d.now().by_cluster->end()) return;
    for (const std::string &broker : names->second) d.drop_queues(topic, broker);
  }
  publish(d);
}

}  // namespace stn::namesrv_routes
