#include "queue_locks.h"

#include <gtest/gtest.h>

namespace stn::broker_groups {
namespace {

using queues = std::vector<protocol::message_queue>;

queues some(std::initializer_list<int32_t> ids) {
  queues all;
  for (int32_t id : ids) all.push_back({"orders", "broker-a", id});
  return all;
}

TEST(QueueLocks, OneClientHoldsAQueueAtATime) {
  queue_locks locks(60'000, 100);
  EXPECT_EQ(locks.lock("g", "a", some({0, 1}), 0), some({0, 1}));
  EXPECT_EQ(locks.lock("g", "b", some({0, 1, 2}), 0), some({2}));
  EXPECT_EQ(locks.lock("h", "b", some({0}), 0), some({0})) << "groups do not share locks";
}

TEST(QueueLocks, ALockLastsItsLifetimeBehindTheLastRequest) {
  queue_locks locks(60'000, 100);
  locks.lock("g", "a", some({0}), 0);
  EXPECT_EQ(locks.lock("g", "a", some({0}), 50'000), some({0}));
  EXPECT_TRUE(locks.lock("g", "b", some({0}), 110'000).empty());
  EXPECT_EQ(locks.lock("g", "b", some({0}), 110'001), some({0}));
  EXPECT_TRUE(locks.lock("g", "a", some({0}), 110'002).empty());
}

TEST(QueueLocks, OnlyTheOwnerCanUnlock) {
  queue_locks locks(60'000, 100);
  locks.lock("g", "a", some({0}), 0);
  locks.unlock("g", "b", some({0}));
  EXPECT_TRUE(locks.lock("g", "b", some({0}), 1).empty());
  locks.unlock("g", "a", some({0, 5}));
  EXPECT_EQ(locks.lock("g", "b", some({0}), 2), some({0}));
}

TEST(QueueLocks, RefusesBeyondItsLimitUntilExpiredOnesAreSwept) {
  queue_locks locks(60'000, 2);
  EXPECT_EQ(locks.lock("g", "a", some({0, 1, 2}), 0), some({0, 1}));
  EXPECT_EQ(locks.size(), 2u);
  locks.sweep(60'000);
  EXPECT_EQ(locks.size(), 2u);
  locks.sweep(60'001);
  EXPECT_EQ(locks.size(), 0u);
  EXPECT_EQ(locks.lock("g", "b", some({2}), 60'001), some({2}));
}

}  // namespace
}  // namespace stn::broker_groups
