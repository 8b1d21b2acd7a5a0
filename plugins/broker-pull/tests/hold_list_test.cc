#include "hold_list.h"

#include <gtest/gtest.h>

#include <set>

namespace stn::broker_pull {
namespace {

pull_read read_of(uint64_t conn, uint32_t topic, int32_t queue) {
  pull_read r;
  r.conn_id = conn;
  r.topic = topic;
  r.queue = queue;
  return r;
}

std::set<int32_t> queues_of_slot(const hold_list &l, uint32_t slot) {
  std::set<int32_t> out;
  const link &head = l.slot(slot);
  for (const link *at = head.next; at != &head; at = at->next) out.insert(at->owner->read.queue);
  return out;
}

TEST(HoldList, FindsByQueueDeadlineAndConnection) {
  auto l = std::make_unique<hold_list>();
  held_pull *a = l->add(read_of(7, 1, 0), 10);
  held_pull *b = l->add(read_of(7, 1, 1), 11);
  held_pull *c = l->add(read_of(8, 2, 0), 10);
  EXPECT_EQ(l->size(), 3u);
  EXPECT_EQ(queues_of_slot(*l, hold_list::slot_of(1, 1)), std::set<int32_t>{1});
  EXPECT_EQ(l->first_due(10), a);
  EXPECT_EQ(l->first_due(11), b);
  EXPECT_EQ(l->first_due(12), nullptr);
  EXPECT_EQ(l->first_of_conn(8), c);
  EXPECT_EQ(l->first_of_conn(9), nullptr);

  EXPECT_EQ(l->take(a).conn_id, 7u);
  EXPECT_EQ(l->first_due(10), c);
  EXPECT_EQ(l->first_of_conn(7), b);
  EXPECT_TRUE(queues_of_slot(*l, hold_list::slot_of(1, 0)).empty());
  l->take(b);
  l->take(c);
  EXPECT_EQ(l->any(), nullptr);
}

TEST(HoldList, QueuesAndConnectionsThatShareAPlaceStayApart) {
  auto l = std::make_unique<hold_list>();
  int32_t other = 1;
  while (hold_list::slot_of(1, other) != hold_list::slot_of(1, 0)) other++;
  l->add(read_of(1, 1, 0), 1);
  l->add(read_of(1 + 1024, 1, other), 1);
  EXPECT_EQ(queues_of_slot(*l, hold_list::slot_of(1, 0)), (std::set<int32_t>{0, other}));
  EXPECT_EQ(l->first_of_conn(1)->read.queue, 0);
  EXPECT_EQ(l->first_of_conn(1 + 1024)->read.queue, other);
  while (held_pull *h = l->any()) l->take(h);
}

TEST(HoldList, PlacesAreUsedAgain) {
  auto l = std::make_unique<hold_list>();
  held_pull *first = l->add(read_of(1, 1, 0), 1);
  l->take(first);
  EXPECT_EQ(l->add(read_of(2, 1, 0), 2), first);
  l->take(first);
}

TEST(HoldList, SlotsAreUsedEvenly) {
  std::set<uint32_t> used;
  for (uint32_t topic = 1; topic <= 100; topic++) {
    for (int32_t queue = 0; queue < 16; queue++) used.insert(hold_list::slot_of(topic, queue));
  }
  EXPECT_GT(used.size(), 1200u) << "1600 queues over 4096 slots";
  for (const uint32_t slot : used) EXPECT_LT(slot, hold_list::k_slots);
}

TEST(HoldList, AHeldPullIsSmall) { EXPECT_LE(sizeof(held_pull), 256u); }

}  // namespace
}  // namespace stn::broker_pull
