#include "offset_table.h"

#include <gtest/gtest.h>

#include <thread>

#include "stanchion/sdk/testing/allocations.h"

namespace stn::broker_offsets {
namespace {

TEST(OffsetTable, AnswersWhatWasCommittedLast) {
  offset_table t(100);
  EXPECT_EQ(t.query("g", "orders", 0), -1);
  EXPECT_TRUE(t.commit("g", "orders", 0, 7));
  EXPECT_TRUE(t.commit("g", "orders", 0, 5));
  EXPECT_EQ(t.query("g", "orders", 0), 5) << "lower values are taken too";
  EXPECT_EQ(t.query("g", "orders", 1), -1);
  EXPECT_EQ(t.query("g", "order", 0), -1);
  EXPECT_EQ(t.query("orders", "g", 0), -1);
}

TEST(OffsetTable, KeepsQueuesOfAnyNumberAndOrder) {
  offset_table t(100);
  for (int32_t q : {5, 0, 2147483647, -3, 2, 1}) t.commit("g", "t", q, q + 10ll);
  for (int32_t q : {5, 0, 2147483647, -3, 2, 1}) EXPECT_EQ(t.query("g", "t", q), q + 10ll) << q;
  const auto all = t.snapshot();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].queues.size(), 6u);
  EXPECT_EQ(all[0].queues.front().queue, -3);
  EXPECT_EQ(all[0].queues.back().queue, 2147483647);
}

TEST(OffsetTable, RefusesQueuesBeyondItsLimitButKeepsServingTheOthers) {
  offset_table t(2);
  EXPECT_TRUE(t.commit("g", "t", 0, 1));
  EXPECT_TRUE(t.commit("g", "t", 1, 1));
  EXPECT_FALSE(t.commit("g", "t", 2, 1));
  EXPECT_FALSE(t.commit("h", "t", 0, 1));
  EXPECT_TRUE(t.commit("g", "t", 1, 2));
  EXPECT_EQ(t.size(), 2u);
  EXPECT_EQ(t.snapshot().size(), 1u);
}

TEST(OffsetTable, ForgetsAGroup) {
  offset_table t(100);
  t.commit("g", "a", 0, 1);
  t.commit("g", "b", 0, 1);
  t.commit("h", "a", 0, 9);
  EXPECT_EQ(t.topics_of("g"), (std::vector<std::string>{"a", "b"}));
  t.remove_group("g");
  EXPECT_EQ(t.query("g", "a", 0), -1);
  EXPECT_EQ(t.query("h", "a", 0), 9);
  EXPECT_EQ(t.size(), 1u);
}

TEST(OffsetTable, CountsChangesOfValuesOnly) {
  offset_table t(100);
  t.commit("g", "t", 0, 1);
  const uint64_t before = t.changes();
  t.commit("g", "t", 0, 1);
  EXPECT_EQ(t.changes(), before);
  t.commit("g", "t", 0, 2);
  EXPECT_GT(t.changes(), before);
}

TEST(OffsetTable, AllocatesNothingForAQueueThatWasCommittedBefore) {
  offset_table t(10'000);
  const std::string group(40, 'g'), topic(60, 't');
  for (int32_t q = 0; q < 16; q++) t.commit(group, topic, q, 0);
  const uint64_t before = testing::allocations();
  for (int64_t i = 0; i < 100'000; i++) t.commit(group, topic, static_cast<int32_t>(i % 16), i);
  EXPECT_EQ(testing::allocations(), before);
  EXPECT_EQ(t.query(group, topic, 15), 99'999);
}

TEST(OffsetTable, TakesCommitsFromManyThreads) {
  offset_table t(100'000);
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; n++) {
    threads.emplace_back([&t, n] {
      for (int64_t i = 0; i <= 5000; i++) {
        t.commit("g" + std::to_string(i % 50), "t", n, i);
        if (i % 1000 == 0) (void)t.snapshot();
      }
    });
  }
  for (auto &thread : threads) thread.join();
  EXPECT_EQ(t.size(), 200u);
  EXPECT_EQ(t.query("g0", "t", 3), 5000);
}

}  // namespace
}  // namespace stn::broker_offsets
