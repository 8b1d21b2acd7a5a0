#include "hold_list.h"

#include <utility>

namespace stn::broker_pull {

hold_list::hold_list() {
  for (link &l : slots_) l.make_head();
  for (link &l : wheel_) l.make_head();
  for (link &l : conns_) l.make_head();
}

held_pull *hold_list::allocate() {
  if (free_.empty()) {
    blocks_.push_back(std::make_unique<held_pull[]>(k_block));
    free_.reserve(blocks_.size() * k_block);
    for (size_t i = k_block; i-- > 0;) free_.push_back(&blocks_.back()[i]);
  }
  held_pull *h = free_.back();
  free_.pop_back();
  return h;
}

held_pull *hold_list::add(pull_read &&read, uint64_t due_tick) {
  held_pull *h = allocate();
  h->read = std::move(read);
  h->due_tick = due_tick;
  h->by_queue.owner = h->by_time.owner = h->by_conn.owner = h;
  h->by_queue.insert_before(&slots_[slot_of(h->read.topic, h->read.queue)]);
  h->by_time.insert_before(&wheel_[due_tick % wheel_.size()]);
  h->by_conn.insert_before(&conns_[h->read.conn_id % k_conn_slots]);
  size_++;
  return h;
}

pull_read hold_list::take(held_pull *h) {
  h->by_queue.unlink();
  h->by_time.unlink();
  h->by_conn.unlink();
  pull_read read = std::move(h->read);
  free_.push_back(h);
  size_--;
  return read;
}

held_pull *hold_list::first_of_conn(uint64_t conn_id) const {
  const link &head = conns_[conn_id % k_conn_slots];
  for (const link *l = head.next; l != &head; l = l->next) {
    if (l->owner->read.conn_id == conn_id) return l->owner;
  }
  return nullptr;
}

held_pull *hold_list::any() const {
  if (size_ == 0) return nullptr;
  for (const link &head : wheel_) {
    if (!head.empty()) return head.first();
  }
  return nullptr;
}

}  // namespace stn::broker_pull
