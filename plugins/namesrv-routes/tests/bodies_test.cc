#include "bodies.h"

#include <gtest/gtest.h>

namespace stn::namesrv_routes {
namespace {

const broker_groups k_brokers = {{"broker-a", {"DefaultCluster", {{0, "127.0.0.1:47911"}}}}};
const topic_entry k_topic(queues_by_broker{{"broker-a", {4, 4, 6, 0}}});

// Both texts were captured from a name server 4.9.7: GET_ROUTEINFO_BY_TOPIC with header version 399 and 407.
TEST(Bodies, RouteForOldClientsHasBareNumbersAsKeys) {
  EXPECT_EQ(
      encode_route(k_topic, k_brokers, key_style::bare, {}),
      R"({"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:47911"},"brokerName":"broker-a",)"
      R"("cluster":"DefaultCluster"}],"filterServerTable":{},"queueDatas":[{"brokerName":"broker-a",)"
      R"("perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}]})");
}

TEST(Bodies, RouteForNewClientsIsStandardJson) {
  EXPECT_EQ(
      encode_route(k_topic, k_brokers, key_style::quoted, {}),
      R"({"brokerDatas":[{"brokerAddrs":{"0":"127.0.0.1:47911"},"brokerName":"broker-a",)"
      R"("cluster":"DefaultCluster"}],"filterServerTable":{},"queueDatas":[{"brokerName":"broker-a",)"
      R"("perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}]})");
}

TEST(Bodies, RouteCarriesTheOrderConfiguration) {
  EXPECT_NE(encode_route(k_topic, k_brokers, key_style::quoted, "broker-a:4")
                .find(R"("orderTopicConf":"broker-a:4")"),
            std::string::npos);
}

TEST(Bodies, RouteWithoutAKnownBrokerIsEmpty) {
  EXPECT_EQ(encode_route(k_topic, {}, key_style::quoted, {}), "");
}

TEST(Bodies, NamesThatAreNotUtf8StayValidJson) {
  const broker_groups odd = {{"b\xff\"", {"c", {{0, "x"}}}}};
  const topic_entry topic(queues_by_broker{{"b\xff\"", {}}});
  EXPECT_NE(encode_route(topic, odd, key_style::quoted, {}).find("\"b\xEF\xBF\xBD\\\"\""),
            std::string::npos);
}

TEST(Bodies, ClusterInfoListsBrokersAndClusters) {
  snapshot s;
  s.brokers = std::make_shared<const broker_groups>(k_brokers);
  s.by_cluster = std::make_shared<const clusters>(clusters{{"DefaultCluster", {"broker-a"}}});
  EXPECT_EQ(
      encode_cluster_info(s),
      R"({"brokerAddrTable":{"broker-a":{"brokerAddrs":{"0":"127.0.0.1:47911"},"brokerName":"broker-a",)"
      R"("cluster":"DefaultCluster"}},"clusterAddrTable":{"DefaultCluster":["broker-a"]}})");
}

// As brokers of 4.9.7 and 5.3.3 send it.
TEST(Bodies, ReadsRegistrationsOfBothGenerations) {
  registration r;
  ASSERT_TRUE(decode_register_json(
      R"({"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":3,"stateVersion":2,)"
      R"("timestamp":1700000000000},"mappingDataVersion":{},"topicConfigTable":{"T":{"attributes":{},)"
      R"("order":false,"perm":6,"readQueueNums":8,"topicFilterType":"SINGLE_TAG","topicName":"T",)"
      R"("topicSysFlag":1,"writeQueueNums":7}},"topicQueueMappingInfoMap":{}}})",
      true, &r));
  EXPECT_EQ(r.version, (data_version{2, 1700000000000, 3}));
  ASSERT_EQ(r.topics.size(), 1u);
  EXPECT_EQ(r.topics[0].topic, "T");
  EXPECT_EQ(r.topics[0].queues, (queue_data{8, 7, 6, 1}));
}

TEST(Bodies, ReadsABareTopicTableOfVeryOldBrokers) {
  registration r;
  ASSERT_TRUE(decode_register_json(
      R"({"dataVersion":{"counter":1},"topicConfigTable":{"T":{"perm":4}}})", false, &r));
  EXPECT_EQ(r.version.counter, 1);
  ASSERT_EQ(r.topics.size(), 1u);
  EXPECT_EQ(r.topics[0].queues, (queue_data{16, 16, 4, 0}));
}

TEST(Bodies, RefusesWhatIsNotJsonAndToleratesWhatIsMissing) {
  registration r;
  EXPECT_FALSE(decode_register_json("", true, &r));
  EXPECT_FALSE(decode_register_json("[1]", true, &r));
  EXPECT_FALSE(decode_register_json("{\"a\":", true, &r));
  EXPECT_TRUE(decode_register_json("{}", true, &r));
  EXPECT_TRUE(decode_register_json(
      R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"T":null}}})", true, &r));
  EXPECT_EQ(r.topics.size(), 1u);
  data_version v;
  EXPECT_FALSE(decode_data_version("x", &v));
  EXPECT_TRUE(decode_data_version(R"({"counter":"x","timestamp":5})", &v));
  EXPECT_EQ(v, (data_version{0, 5, 0}));
}

TEST(Bodies, ReadsTheQueuesOfATopicRoute) {
  std::vector<std::pair<std::string, queue_data>> queues;
  ASSERT_TRUE(decode_queue_datas(
      R"({"queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":1,"writeQueueNums":2,"topicSysFlag":0}]})",
      &queues));
  ASSERT_EQ(queues.size(), 1u);
  EXPECT_EQ(queues[0].second, (queue_data{1, 2, 6, 0}));
}

}  // namespace
}  // namespace stn::namesrv_routes
