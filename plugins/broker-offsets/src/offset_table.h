// offset_table: how far each group has consumed each queue.
//
// Sharded by group and topic, one short lock per call. In steady state (the queue has been committed before) commit
// allocates nothing: the key is looked up in its two parts. Thread: [any].
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace stn::broker_offsets {

struct queue_offset {
  int32_t queue;
  int64_t offset;
};

// The offsets of one group in one topic, queues ascending.
struct topic_offsets {
  std::string topic;
  std::string group;
  std::vector<queue_offset> queues;
};

class offset_table {
 public:
  // queues_max: entries over all groups and topics; a further queue is refused.
  explicit offset_table(size_t queues_max) : queues_max_(queues_max) {}

  // Records the offset to consume next, lower values too. False: the table is full, nothing was recorded.
  bool commit(std::string_view group, std::string_view topic, int32_t queue, int64_t offset);
  // -1: never committed.
  int64_t query(std::string_view group, std::string_view topic, int32_t queue) const;

  // Topics that the group has offsets in, sorted.
  std::vector<std::string> topics_of(std::string_view group) const;
  // Forgets what the group has consumed.
  void remove_group(std::string_view group);
  // Everything, sorted by topic, then group. Shards are copied one after the other.
  std::vector<topic_offsets> snapshot() const;

  // Grows with every change of a value.
  uint64_t changes() const { return changes_.load(std::memory_order_relaxed); }
  size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct name_view {
    std::string_view topic;
    std::string_view group;
  };
  struct name {
    std::string topic;
    std::string group;
    operator name_view() const { return {topic, group}; }
  };
  struct name_hash {
    using is_transparent = void;
    size_t operator()(name_view n) const {
      const std::hash<std::string_view> h;
      return h(n.topic) * 31 + h(n.group);
    }
  };
  struct name_equal {
    using is_transparent = void;
    bool operator()(name_view a, name_view b) const {
      return a.topic == b.topic && a.group == b.group;
    }
  };
  // Queues are few and dense: a sorted vector whose element q is nearly always queue q.
  using queues = std::vector<queue_offset>;
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<name, queues, name_hash, name_equal> map;
  };
  static constexpr size_t k_shards = 16;

  shard &shard_of(name_view n) { return shards_[index_of(n)]; }
  const shard &shard_of(name_view n) const { return shards_[index_of(n)]; }
  static size_t index_of(name_view n) { return (name_hash{}(n) >> 7) % k_shards; }
  bool insert(shard &s, name_view n, queue_offset value);

  const size_t queues_max_;
  std::array<shard, k_shards> shards_;
  std::atomic<uint64_t> changes_{0};
  std::atomic<size_t> size_{0};
};

}  // namespace stn::broker_offsets
