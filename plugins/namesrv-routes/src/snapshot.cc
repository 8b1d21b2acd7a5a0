#include "snapshot.h"

#include <utility>
#include <vector>

namespace stn::namesrv_routes {

namespace {

size_t shard_of(std::string_view topic) { return name_hash{}(topic) % k_shards; }

}  // namespace

std::shared_ptr<const std::string> topic_entry::route(const broker_groups *brokers,
                                                      key_style style) const {
  std::lock_guard lock(mutex_);
  return brokers_.get() == brokers ? bodies_[static_cast<size_t>(style)] : nullptr;
}

void topic_entry::store_route(const std::shared_ptr<const broker_groups> &brokers, key_style style,
                              std::shared_ptr<const std::string> body) const {
  std::lock_guard lock(mutex_);
  if (brokers_ != brokers) {
    brokers_ = brokers;
    bodies_ = {};
  }
  bodies_[static_cast<size_t>(style)] = std::move(body);
}

snapshot::snapshot() { topics.fill(std::make_shared<const topic_shard>()); }

topic_entry_ptr snapshot::topic(std::string_view name) const {
  const topic_shard &shard = *topics[shard_of(name)];
  auto found = shard.find(name);
  return found == shard.end() ? nullptr : found->second;
}

draft::draft(const snapshot &base) : next_(std::make_shared<snapshot>(base)) {}

broker_groups &draft::edit_brokers() {
  if (!brokers_) {
    brokers_ = std::make_shared<broker_groups>(*next_->brokers);
    next_->brokers = brokers_;
  }
  return *brokers_;
}

clusters &draft::edit_clusters() {
  if (!clusters_) {
    clusters_ = std::make_shared<clusters>(*next_->by_cluster);
    next_->by_cluster = clusters_;
  }
  return *clusters_;
}

topic_shard &draft::edit_shard(size_t i) {
  if (!shards_[i]) {
    shards_[i] = std::make_shared<topic_shard>(*next_->topics[i]);
    next_->topics[i] = shards_[i];
  }
  return *shards_[i];
}

void draft::put(std::string_view topic, queues_by_broker queues) {
  topic_shard &shard = edit_shard(shard_of(topic));
  if (queues.empty()) {
    if (auto found = shard.find(topic); found != shard.end()) shard.erase(found);
    return;
  }
  shard.insert_or_assign(std::string(topic),
                         std::make_shared<const topic_entry>(std::move(queues)));
}

bool draft::set_queues(std::string_view topic, std::string_view broker, const queue_data &queues) {
  topic_entry_ptr old = next_->topic(topic);
  queues_by_broker all = old ? old->queues() : queues_by_broker();
  auto found = all.find(broker);
  if (found != all.end() && found->second == queues) return false;
  all.insert_or_assign(std::string(broker), queues);
  put(topic, std::move(all));
  return true;
}

bool draft::drop_queues(std::string_view topic, std::string_view broker) {
  topic_entry_ptr old = next_->topic(topic);
  if (!old || !old->queues().contains(broker)) return false;
  queues_by_broker all = old->queues();
  all.erase(all.find(broker));
  put(topic, std::move(all));
  return true;
}

void draft::drop_topic(std::string_view topic) { put(topic, {}); }

void draft::drop_broker_from_topics(std::string_view broker) {
  std::vector<std::string> having;
  next_->each_topic([&](const std::string &name, const topic_entry &entry) {
    if (entry.queues().contains(broker)) having.push_back(name);
  });
  for (const std::string &name : having) drop_queues(name, broker);
}

}  // namespace stn::namesrv_routes
