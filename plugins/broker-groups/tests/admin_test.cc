// Administration of groups, and their file.
#include "groups_fixture.h"
#include "stanchion/protocol/bodies/connections.h"
#include "stanchion/protocol/bodies/subscription_group.h"

namespace stn::broker_groups {
namespace {

using Administration = groups_fixture;

TEST_F(Administration, SettingsOfAGroupCanBeChangedAndReadBack) {
  up();
  ASSERT_EQ(call(200, {},
                 "{\"groupName\":\"g\",\"consumeEnable\":false,\"retryMaxTimes\":3,"
                 "\"retryQueueNums\":2,\"whichBrokerWhenConsumeSlowly\":4}")
                .code,
            0);
  stn_group g{};
  ASSERT_EQ(groups_->group(groups_.self, str("g"), &g, nullptr), STN_OK);
  EXPECT_EQ(g.flags, STN_GROUP_BROADCAST);
  EXPECT_EQ(g.retry_max, 3);
  EXPECT_EQ(g.retry_queues, 2);
  EXPECT_EQ(g.slow_broker, 4);
  protocol::subscription_group_table all;
  ASSERT_TRUE(protocol::decode(call(201, {}).body, &all).ok());
  EXPECT_FALSE(all.groups["g"].consume_enable);
  EXPECT_EQ(all.groups.count("TOOLS_CONSUMER"), 1u);
  EXPECT_EQ(all.version.counter, 1);
  protocol::subscription_group_config one;
  ASSERT_TRUE(protocol::decode(call(352, {{"group", "g"}}).body, &one).ok());
  EXPECT_EQ(one.retry_times_max, 3);
  EXPECT_EQ(call(352, {{"group", "not legal"}}).code, 26);
  EXPECT_EQ(call(352, {}).code, 1);
  EXPECT_EQ(call(200, {}, "{\"consumeEnable\":false}").code, 1);
}

TEST_F(Administration, ChangesAreOnDiskAndSurviveARestart) {
  up();
  call(200, {}, "{\"groupName\":\"g\",\"retryMaxTimes\":3}");
  EXPECT_EQ(file(), "") << "not on the I/O thread";
  host_.run_pending();
  EXPECT_NE(file().find("\"g\""), std::string::npos);
  call(200, {}, "{\"groupName\":\"h\",\"retryMaxTimes\":4}");
  plugin_.reset();
  up();
  stn_group g{};
  ASSERT_EQ(groups_->group(groups_.self, str("h"), &g, nullptr), STN_OK);
  EXPECT_EQ(g.retry_max, 4);
}

// As Apache RocketMQ 4.9.7 writes it.
TEST_F(Administration, ReadsAFileOfAnOriginalBroker) {
  std::filesystem::create_directories(dir_);
  std::ofstream(dir_ / "subscriptionGroup.json")
      << "{\n\t\"dataVersion\":{\n\t\t\"counter\":3,\n\t\t\"timestamp\":1700000000000\n\t},\n"
         "\t\"subscriptionGroupTable\":{\n\t\t\"old\":{\n\t\t\t\"brokerId\":0,\n"
         "\t\t\t\"consumeBroadcastEnable\":false,\n\t\t\t\"consumeEnable\":true,\n"
         "\t\t\t\"groupName\":\"old\",\n\t\t\t\"retryMaxTimes\":5,\n\t\t\t\"retryQueueNums\":1\n"
         "\t\t}\n\t}\n}";
  up();
  stn_group g{};
  ASSERT_EQ(groups_->group(groups_.self, str("old"), &g, nullptr), STN_OK);
  EXPECT_EQ(g.flags, STN_GROUP_CONSUME);
  EXPECT_EQ(g.retry_max, 5);
}

TEST_F(Administration, AnUnreadableFileStopsTheStart) {
  std::filesystem::create_directories(dir_);
  std::ofstream(dir_ / "subscriptionGroup.json") << "garbage";
  stn::testing::hosted_plugin p(host_);
  EXPECT_EQ(p.up(), STN_E_CORRUPT);
}

TEST_F(Administration, ADeletedGroupTakesItsOffsetsAlongOnRequest) {
  host_.set_cfg("auto_create_groups", 0);
  up();
  call(200, {}, "{\"groupName\":\"g\"}");
  call(200, {}, "{\"groupName\":\"h\"}");
  EXPECT_EQ(call(207, {{"groupName", "g"}}).code, 0);
  EXPECT_TRUE(offsets_.forgotten.empty());
  EXPECT_EQ(call(207, {{"groupName", "h"}, {"removeOffset", "true"}}).code, 0);
  EXPECT_EQ(offsets_.forgotten, std::set<std::string>{"h"});
  stn_group g{};
  EXPECT_EQ(groups_->group(groups_.self, str("g"), &g, nullptr), STN_E_NOT_FOUND);
}

TEST_F(Administration, ConsumerConnectionsTellWhoConsumesWhat) {
  up();
  const auto nobody = call(203, {{"consumerGroup", "g"}});
  EXPECT_EQ(nobody.code, 206);
  EXPECT_EQ(nobody.remark, "the consumer group[g] not online");
  beat(2, "c2", consumer_json("g", {{"orders", "A"}}));
  protocol::consumer_connection all;
  ASSERT_TRUE(protocol::decode(call(203, {{"consumerGroup", "g"}}).body, &all).ok());
  ASSERT_EQ(all.connections.size(), 1u);
  EXPECT_EQ(all.connections[0].client_id, "c2");
  EXPECT_EQ(all.connections[0].client_addr, "10.0.0.2:5000");
  EXPECT_EQ(all.connections[0].lang, protocol::language::java);
  EXPECT_EQ(all.connections[0].version, 401);
  EXPECT_EQ(all.subscriptions["orders"].expression, "A");
  EXPECT_EQ(all.type, protocol::consume_type::passively);
  EXPECT_EQ(all.from, protocol::consume_from::first_offset);
}

TEST_F(Administration, ProducerConnectionsLastAsLongAsTheirClients) {
  up();
  const auto nobody = call(204, {{"producerGroup", "p"}});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_EQ(nobody.remark, "the producer group[p] not exist");
  const std::string group = "{\"groupName\":\"p\"}";
  beat(1, "a", "", group);
  beat(2, "b", "", group);
  beat(3, "c\\\"", "", "{\"groupName\":\"q\"}");
  protocol::producer_connection all;
  ASSERT_TRUE(protocol::decode(call(204, {{"producerGroup", "p"}}).body, &all).ok());
  EXPECT_EQ(all.connections.size(), 2u);
  call(35, {{"clientID", "a"}, {"producerGroup", "p"}}, "", 1);
  close(2);
  EXPECT_EQ(call(204, {{"producerGroup", "p"}}).code, 1);
  EXPECT_EQ(call(204, {{"producerGroup", "q"}}).code, 0);
  host_.advance(130 * k_second);
  EXPECT_EQ(call(204, {{"producerGroup", "q"}}).code, 1);
}

TEST_F(Administration, AllProducersAreListedByGroup) {
  up();
  EXPECT_EQ(call(328, {}).body, "{\"data\":{}}");
  beat(1, "a", "", "{\"groupName\":\"p\"}");
  const std::string now = std::to_string(host_.now_ms());
  EXPECT_EQ(call(328, {}).body,
            "{\"data\":{\"p\":[{\"clientId\":\"a\",\"language\":\"JAVA\",\"lastUpdateTimestamp\":" +
                now + ",\"remoteIP\":\"/10.0.0.1:5000\",\"version\":401}]}}");
}

}  // namespace
}  // namespace stn::broker_groups
