// queue_table.h - topics by number, queues by topic and id.
//
// Look-ups are lock-free: tables of pointers that are filled once and never move. Numbers of topics are 1, 2, ...; a
// topic's queue ids are 0 .. k_queues_max - 1. Queues that were dropped stay allocated until the store is destroyed,
// because readers may hold them. Lock: mu_ for making topics and queues and for the lists; innermost but for files.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "consume_queue.h"

namespace stn::store_mmap {

class queue_table {
 public:
  static constexpr int32_t k_queues_max = 16384;

  queue_table(queue_files &files, const settings &s, counters &stats);
  ~queue_table();

  // Number of a topic; made on first use. STN_E_INVALID for a name that cannot be a directory, or is too long.
  result<uint32_t> intern(std::string_view name);
  // Empty if there is no such topic. (static)
  std::string_view name(uint32_t topic) const {
    const topic_entry *t = topic_at(topic);
    return t == nullptr ? std::string_view() : std::string_view(t->name);
  }
  // nullptr if there is none. [any]
  consume_queue *find(uint32_t topic, int32_t queue) const {
    const topic_entry *t = topic_at(topic);
    if (t == nullptr || queue < 0) return nullptr;
    const queue_array *a = t->queues.load(std::memory_order_acquire);
    const auto id = static_cast<uint32_t>(queue);
    return a == nullptr || id >= a->size ? nullptr : a->queues[id].load(std::memory_order_acquire);
  }
  // Made on first use; nullptr if topic or id are out of range. Writer section or recovery only.
  consume_queue *get(uint32_t topic, int32_t queue) {
    consume_queue *q = find(topic, queue);
    return q != nullptr ? q : make(topic, queue);
  }

  // Takes up the queues found on the disk, as consume_queue::load says. [ctrl]
  status load(int64_t phys_limit, int64_t log_first, bool unclean);
  // All queues that exist.
  std::vector<consume_queue *> all() const;
  queue_files &files() { return files_; }
  // Sum of the next offsets: tells whether queue files went missing.
  int64_t entries() const;

  // Queues with entries that are in no file. add_dirty is called by the writer section.
  void add_dirty(consume_queue *q);
  std::vector<consume_queue *> take_dirty();

  // Unhooks the queues of a topic and returns them.
  std::vector<consume_queue *> drop(uint32_t topic);
  std::string topic_dir(uint32_t topic) const;

 private:
  static constexpr uint32_t k_page = 256;
  static constexpr uint32_t k_topic_pages = 1024;
  // Grows by being replaced; the replaced one stays for readers that are looking into it.
  struct queue_array {
    explicit queue_array(uint32_t n) : size(n), queues(new std::atomic<consume_queue *>[n]()) {}
    const uint32_t size;
    const std::unique_ptr<std::atomic<consume_queue *>[]> queues;
  };
  struct topic_entry {
    std::string name;
    std::atomic<queue_array *> queues{nullptr};
  };
  struct topic_page {
    std::array<std::atomic<topic_entry *>, k_page> topics{};
  };

  topic_entry *topic_at(uint32_t topic) const {
    if (topic == 0 || topic / k_page >= k_topic_pages) return nullptr;
    const topic_page *page = pages_[topic / k_page].load(std::memory_order_acquire);
    return page == nullptr ? nullptr : page->topics[topic % k_page].load(std::memory_order_acquire);
  }
  consume_queue *make(uint32_t topic, int32_t queue);
  queue_array *array_for_locked(topic_entry *t, uint32_t id);
  status find_queues(const std::string &name, std::vector<consume_queue *> *out);

  queue_files &files_;
  counters &stats_;
  const std::string dir_;
  mutable std::mutex mu_;
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<std::unique_ptr<topic_entry>> topics_;
  std::vector<std::unique_ptr<topic_page>> topic_page_memory_;
  std::vector<std::unique_ptr<queue_array>> queue_array_memory_;
  std::vector<std::unique_ptr<consume_queue>> queues_;
  std::vector<consume_queue *> dirty_;
  std::array<std::atomic<topic_page *>, k_topic_pages> pages_{};
};

}  // namespace stn::store_mmap
