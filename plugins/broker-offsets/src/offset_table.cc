#include "offset_table.h"

#include <algorithm>

namespace stn::broker_offsets {

namespace {

// First element whose queue is not below `queue`.
template <class Queues>
auto position_of(Queues &all, int32_t queue) {
  const auto i = static_cast<size_t>(static_cast<uint32_t>(queue));
  if (i < all.size() && all[i].queue == queue) {
    return all.begin() + static_cast<std::ptrdiff_t>(i);
  }
  return std::lower_bound(all.begin(), all.end(), queue,
                          [](const queue_offset &e, int32_t q) { return e.queue < q; });
}

}  // namespace

bool offset_table::commit(std::string_view group, std::string_view topic, int32_t queue,
                          int64_t offset) {
  const name_view n{topic, group};
  shard &s = shard_of(n);
  std::lock_guard lock(s.mutex);
  auto found = s.map.find(n);
  if (found != s.map.end()) {
    auto at = position_of(found->second, queue);
    if (at != found->second.end() && at->queue == queue) {
      if (at->offset == offset) return true;
      at->offset = offset;
      changes_.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
  }
  return insert(s, n, {queue, offset});
}

bool offset_table::insert(shard &s, name_view n, queue_offset value) {
  if (size_.fetch_add(1, std::memory_order_relaxed) >= queues_max_) {
    size_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  auto found = s.map.find(n);
  if (found == s.map.end()) {
    found = s.map.emplace(name{std::string(n.topic), std::string(n.group)}, queues{}).first;
  }
  found->second.insert(position_of(found->second, value.queue), value);
  changes_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

int64_t offset_table::query(std::string_view group, std::string_view topic, int32_t queue) const {
  const name_view n{topic, group};
  const shard &s = shard_of(n);
  std::lock_guard lock(s.mutex);
  auto found = s.map.find(n);
  if (found == s.map.end()) return -1;
  auto at = position_of(found->second, queue);
  return at != found->second.end() && at->queue == queue ? at->offset : -1;
}

std::vector<std::string> offset_table::topics_of(std::string_view group) const {
  std::vector<std::string> topics;
  for (const shard &s : shards_) {
    std::lock_guard lock(s.mutex);
    for (const auto &[n, queues] : s.map) {
      if (n.group == group) topics.push_back(n.topic);
    }
  }
  std::sort(topics.begin(), topics.end());
  return topics;
}

void offset_table::remove_group(std::string_view group) {
  for (shard &s : shards_) {
    std::lock_guard lock(s.mutex);
    std::erase_if(s.map, [&](const auto &entry) {
      if (entry.first.group != group) return false;
      size_.fetch_sub(entry.second.size(), std::memory_order_relaxed);
      changes_.fetch_add(1, std::memory_order_relaxed);
      return true;
    });
  }
}

std::vector<topic_offsets> offset_table::snapshot() const {
  std::vector<topic_offsets> all;
  for (const shard &s : shards_) {
    std::lock_guard lock(s.mutex);
    for (const auto &[n, queues] : s.map) all.push_back({n.topic, n.group, queues});
  }
  std::sort(all.begin(), all.end(), [](const topic_offsets &a, const topic_offsets &b) {
    return a.topic != b.topic ? a.topic < b.topic : a.group < b.group;
  });
  return all;
}

}  // namespace stn::broker_offsets
