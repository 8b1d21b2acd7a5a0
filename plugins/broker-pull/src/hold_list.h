// hold_list.h - pulls that wait for messages, found by queue, by deadline and by connection.
//
// A held pull is one block of about 200 bytes from a pool, linked into three chains; adding and removing one allocates
// nothing once the pool has grown. Time is counted in ticks of the owner. Thread: that of its owner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pull_read.h"

namespace stn::broker_pull {

struct held_pull;

// A place in a doubly linked ring; the head of a ring has no owner.
struct link {
  link *prev = nullptr;
  link *next = nullptr;
  held_pull *owner = nullptr;

  void make_head() { prev = next = this; }
  bool empty() const { return next == this; }
  held_pull *first() const { return next->owner; }  // NULL: empty
  void insert_before(link *at) {
    prev = at->prev;
    next = at;
    prev->next = this;
    at->prev = this;
  }
  void unlink() {
    prev->next = next;
    next->prev = prev;
  }
};

struct held_pull {
  pull_read read;
  uint64_t due_tick = 0;
  link by_queue;
  link by_time;
  link by_conn;
};

class hold_list {
 public:
  // Queues share slots by a hash of (topic, queue): a slot's chain holds pulls of several queues.
  static constexpr uint32_t k_slots = 4096;
  static uint32_t slot_of(uint32_t topic, int32_t queue) {
    const uint64_t key = (uint64_t{topic} << 32) | static_cast<uint32_t>(queue);
    return static_cast<uint32_t>((key * 0x9e3779b97f4a7c15ull) >> 52);
  }
  // Ticks ahead that a deadline may lie.
  static constexpr uint64_t k_ticks_max = 511;

  hold_list();
  hold_list(const hold_list &) = delete;

  // due_tick: at most k_ticks_max after the last tick that first_due was empty for.
  held_pull *add(pull_read &&read, uint64_t due_tick);
  // Takes it out and gives it back.
  pull_read take(held_pull *h);

  size_t size() const { return size_; }
  // The pulls of a slot, oldest first: for (link* l = head.next; l != &head; l = l->next) l->owner.
  const link &slot(uint32_t slot) const { return slots_[slot]; }
  // A pull whose deadline is this tick; NULL: none left.
  held_pull *first_due(uint64_t tick) const { return wheel_[tick % wheel_.size()].first(); }
  // NULL: none left.
  held_pull *first_of_conn(uint64_t conn_id) const;
  held_pull *any() const;

 private:
  static constexpr size_t k_conn_slots = 1024;
  static constexpr size_t k_block = 128;
  static_assert(k_slots == 1u << (64 - 52));

  held_pull *allocate();

  size_t size_ = 0;
  std::array<link, k_slots> slots_;
  std::array<link, k_ticks_max + 1> wheel_;
  std::array<link, k_conn_slots> conns_;
  std::vector<std::unique_ptr<held_pull[]>> blocks_;
  std::vector<held_pull *> free_;
};

}  // namespace stn::broker_pull
