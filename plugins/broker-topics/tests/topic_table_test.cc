#include "topic_table.h"

#include <gtest/gtest.h>

#include "stanchion/sdk/host.h"

namespace stn::broker_topics {
namespace {

class TopicTable : public testing::Test {
 protected:
  topic_table make(bool auto_create = true, size_t max_topics = 100) {
    return topic_table(
        {.cluster = "C",
         .broker = "B",
         .auto_create = auto_create,
         .max_topics = max_topics,
         .now_ms = [] { return int64_t{1000}; },
         .intern = [this](std::string_view) -> result<uint32_t> { return ++interned; },
         .changed = [this] { changes++; }});
  }
  static stn_topic look_up(const topic_table &t, std::string_view name) {
    const stn_str s = str(name);
    stn_topic out{};
    t.lookup(&s, 1, &out);
    return out;
  }
  uint32_t interned = 0;
  int changes = 0;
};

TEST_F(TopicTable, AnUnknownTopicIsNotFound) {
  EXPECT_EQ(look_up(make(), "T").status, STN_E_NOT_FOUND);
}

TEST_F(TopicTable, ABatchOfNamesIsLookedUpInOrder) {
  topic_table t = make();
  ASSERT_TRUE(t.ensure("A", 3, 6).ok());
  const stn_str names[] = {str("x"), str("A"), str("SELF_TEST_TOPIC")};
  stn_topic out[3];
  t.lookup(names, 3, out);
  EXPECT_EQ(out[0].status, STN_E_NOT_FOUND);
  EXPECT_EQ(out[1].status, STN_OK);
  EXPECT_EQ(out[1].id, 1u);
  EXPECT_EQ(out[1].write_queues, 3);
  EXPECT_EQ(out[2].status, STN_E_NOT_FOUND);
}

TEST_F(TopicTable, EnsureMakesATopicOnceAndReportsTheChangeOnce) {
  topic_table t = make();
  auto made = t.ensure("%RETRY%g", 1, 6);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made.value().read_queues, 1);
  auto again = t.ensure("%RETRY%g", 8, 2);
  EXPECT_EQ(again.value().read_queues, 1);
  EXPECT_EQ(again.value().perm, 6);
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(interned, 1u);
}

TEST_F(TopicTable, IllegalNamesAreRefused) {
  topic_table t = make();
  EXPECT_EQ(t.ensure("", 1, 6).error().code(), STN_E_INVALID);
  EXPECT_EQ(t.ensure("a b", 1, 6).error().code(), STN_E_INVALID);
  EXPECT_EQ(t.ensure(std::string(128, 'x'), 1, 6).error().code(), STN_E_INVALID);
  EXPECT_TRUE(t.ensure(std::string(127, 'x'), 1, 6).ok());
  EXPECT_EQ(t.derive("a.b", "TBW102", 4).error().code(), STN_E_INVALID);
  EXPECT_EQ(changes, 1);
}

TEST_F(TopicTable, DeriveTakesTheTemplateWithoutTheInheritBit) {
  topic_table t = make();
  ASSERT_TRUE(t.add_if_missing("TBW102", 8, 7).ok());
  auto four = t.derive("T", "TBW102", 4);
  ASSERT_TRUE(four.ok());
  EXPECT_EQ(four.value().write_queues, 4);
  EXPECT_EQ(four.value().perm, 6);
  EXPECT_EQ(t.derive("U", "TBW102", 16).value().write_queues, 8);
  EXPECT_EQ(t.derive("V", "TBW102", -3).value().write_queues, 0);
  EXPECT_EQ(changes, 3);
}

TEST_F(TopicTable, DeriveNeedsAnInheritableTemplate) {
  topic_table t = make();
  ASSERT_TRUE(t.add_if_missing("plain", 8, 6).ok());
  EXPECT_EQ(t.derive("T", "plain", 4).error().code(), STN_E_NOT_FOUND);
  EXPECT_EQ(t.derive("T", "absent", 4).error().code(), STN_E_NOT_FOUND);
  EXPECT_TRUE(t.derive("plain", "absent", 4).ok()) << "a topic that exists needs no template";
  EXPECT_EQ(changes, 0);
}

TEST_F(TopicTable, WithAutoCreationOffTheStoredTemplateIsClosed) {
  topic_table t = make(false);
  ASSERT_TRUE(t.add_if_missing("TBW102", 8, 7).ok());
  ASSERT_TRUE(t.add_if_missing("C", 16, 7).ok());
  EXPECT_EQ(t.derive("T", "TBW102", 4).error().code(), STN_E_NOT_FOUND);
  EXPECT_TRUE(t.derive("T", "C", 4).ok())
      << "the cluster's topic stays a template, as in the original";
}

TEST_F(TopicTable, FlagsTellSystemAndForbiddenTopics) {
  topic_table t = make();
  for (const char *name :
       {"TBW102", "SCHEDULE_TOPIC_XXXX", "C", "C_REPLY_TOPIC", "rmq_sys_x", "T"}) {
    ASSERT_TRUE(t.add_if_missing(name, 1, 6).ok());
  }
  EXPECT_EQ(look_up(t, "TBW102").flags, STN_TOPIC_SYSTEM);
  EXPECT_EQ(look_up(t, "SCHEDULE_TOPIC_XXXX").flags, STN_TOPIC_SYSTEM | STN_TOPIC_NO_SEND);
  EXPECT_EQ(look_up(t, "C").flags, STN_TOPIC_SYSTEM);
  EXPECT_EQ(look_up(t, "C_REPLY_TOPIC").flags, STN_TOPIC_SYSTEM);
  EXPECT_EQ(look_up(t, "rmq_sys_x").flags, STN_TOPIC_SYSTEM);
  EXPECT_EQ(look_up(t, "T").flags, 0u);
}

TEST_F(TopicTable, OrderTopicsFollowTheNameServersTable) {
  topic_table t = make();
  ASSERT_TRUE(t.ensure("T", 1, 6).ok());
  ASSERT_TRUE(t.ensure("U", 1, 6).ok());
  EXPECT_TRUE(t.set_order_topics({"T", "unknown"}));
  EXPECT_EQ(look_up(t, "T").flags, STN_TOPIC_ORDER);
  EXPECT_FALSE(t.set_order_topics({"T", "unknown"}));
  EXPECT_TRUE(t.set_order_topics({"U"}));
  EXPECT_EQ(look_up(t, "T").flags, 0u);
  EXPECT_TRUE(t.find("U")->order);
}

TEST_F(TopicTable, ChangesSinceCarryOnlyWhatChanged) {
  topic_table t = make();
  ASSERT_TRUE(t.add_if_missing("TBW102", 8, 7).ok());
  const topic_changes all = t.changes_since(0);
  EXPECT_EQ(all.table.topics.size(), 1u);
  ASSERT_TRUE(t.ensure("T", 1, 6).ok());
  ASSERT_TRUE(t.remove("TBW102").has_value());
  const topic_changes some = t.changes_since(all.generation);
  EXPECT_EQ(some.table.topics.size(), 1u);
  EXPECT_TRUE(some.table.topics.contains("T"));
  EXPECT_EQ(some.table.version.counter, all.table.version.counter + 2);
  EXPECT_TRUE(t.changes_since(some.generation).table.topics.empty());
}

TEST_F(TopicTable, PutReplacesAndRemoveForgets) {
  topic_table t = make();
  protocol::topic_config c;
  c.name = "T";
  c.read_queues = 2;
  ASSERT_TRUE(t.put({c}).ok());
  c.read_queues = 5;
  ASSERT_TRUE(t.put({c}).ok());
  EXPECT_EQ(look_up(t, "T").read_queues, 5);
  EXPECT_TRUE(t.remove("T").has_value());
  EXPECT_FALSE(t.remove("T").has_value());
  EXPECT_EQ(look_up(t, "T").status, STN_E_NOT_FOUND);
  EXPECT_EQ(changes, 3);
}

TEST_F(TopicTable, TheNumberOfTopicsIsBounded) {
  topic_table t = make(true, 2);
  ASSERT_TRUE(t.ensure("A", 1, 6).ok());
  ASSERT_TRUE(t.ensure("B", 1, 6).ok());
  EXPECT_EQ(t.ensure("C1", 1, 6).error().code(), STN_E_NO_SPACE);
  EXPECT_EQ(look_up(t, "C1").status, STN_E_NOT_FOUND);
  EXPECT_TRUE(t.ensure("A", 1, 6).ok());
}

TEST_F(TopicTable, AStoredTableKeepsItsVersionAndWinsOverTheTopicsOfTheStart) {
  topic_table t = make();
  protocol::topic_config_table stored;
  stored.version.counter = 41;
  stored.version.timestamp_ms = 7;
  stored.topics["TBW102"].write_queues = 3;
  stored.topics["not legal"].write_queues = 3;
  ASSERT_TRUE(t.load(stored).ok());
  ASSERT_TRUE(t.add_if_missing("TBW102", 8, 7).ok());
  EXPECT_EQ(look_up(t, "TBW102").write_queues, 3);
  EXPECT_EQ(look_up(t, "not legal").status, STN_E_NOT_FOUND);
  EXPECT_EQ(t.changes_since(0).table.version.counter, 41);
  EXPECT_EQ(changes, 0);
}

}  // namespace
}  // namespace stn::broker_topics
