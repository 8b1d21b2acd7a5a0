// The plugin as the kernel sees it, from init to stop, with requests as brokers and clients send them.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "compressed_body.h"
#include "stanchion/ext/kv.h"
#include "stanchion/sdk/testing/fake_host.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace {

using stn::testing::fake_answer;
using stn::testing::fake_request;

constexpr uint64_t k_second = 1'000'000'000;
constexpr uint64_t k_broker_conn = 5;
constexpr uint32_t k_namesrv = 1;
constexpr uint32_t k_other = 2;

using fields = std::vector<std::pair<std::string, std::string>>;

// One namespace of settings, as stn.namesrv.config would keep it.
struct fake_kv {
  std::map<std::string, std::string> values;

  static const stn_kv_api *table() {
    static const stn_kv_api t = {
        {sizeof(stn_kv_api), STN_VER(1, 0)},
        [](void *self, stn_str, stn_str key, stn_text_fn to, void *user) -> stn_status {
          auto &all = static_cast<fake_kv *>(self)->values;
          auto found = all.find(std::string(stn::view(key)));
          if (found == all.end()) return STN_E_NOT_FOUND;
          to(user, stn::str(found->second));
          return STN_OK;
        },
        [](void *self, stn_str name_space, stn_text_fn to, void *user) -> stn_status {
          if (static_cast<fake_kv *>(self)->values.empty()) return STN_E_NOT_FOUND;
          const std::string body =
              "{\"table\":{\"of\":\"" + std::string(stn::view(name_space)) + "\"}}";
          to(user, stn::str(body));
          return STN_OK;
        }};
    return &t;
  }
};

const stn_router_api *fake_router() {
  static const stn_router_api t = {{sizeof(stn_router_api), STN_VER(1, 0)},
                                   [](void *, stn_str name, uint32_t *out) -> stn_status {
                                     *out = stn::view(name) == "namesrv" ? k_namesrv : k_other;
                                     return STN_OK;
                                   },
                                   nullptr,
                                   nullptr};
  return &t;
}

class NamesrvRoutes : public testing::Test {
 protected:
  NamesrvRoutes() : requests(host.exec().io(0)), plugin(host) {
    host.provide(STN_ROUTER_ID, {&fake_router()->h, nullptr});
    host.set_cfg("expire_after", int64_t{120} * k_second)
        .set_cfg("scan_interval", int64_t{10} * k_second);
    host.set_cfg("max_body", 1 << 20).set_cfg("order_topic_conf", 1);
  }
  void up() {
    ASSERT_EQ(plugin.up(), STN_OK) << plugin.error();
    processor = plugin.get<stn_processor_api>(STN_PROCESSOR_ID);
    ASSERT_TRUE(processor);
    conn_event(STN_CONN_OPENED, k_namesrv);
  }
  void conn_event(int32_t what, uint32_t scope) {
    processor->on_conn(processor.self, nullptr, k_broker_conn, scope, what);
  }
  fake_answer call(int32_t code, fields f, std::string body = {}, uint16_t version = 407) {
    return requests.call(processor.api, processor.self,
                         {.code = code,
                          .fields = std::move(f),
                          .body = std::move(body),
                          .version = version,
                          .conn_id = k_broker_conn});
  }
  fields broker_fields(std::string id = "0") {
    return {{"brokerName", "broker-a"},
            {"brokerAddr", "127.0.0.1:10911"},
            {"clusterName", "DefaultCluster"},
            {"haServerAddr", "127.0.0.1:10912"},
            {"brokerId", std::move(id)}};
  }
  fake_answer register_topic(const std::string &topic) {
    return call(
        103, broker_fields(),
        R"({"topicConfigSerializeWrapper":{"dataVersion":{"counter":1,"timestamp":5},"topicConfigTable":{")" +
            topic + R"(":{"perm":6,"readQueueNums":4,"topicName":")" + topic +
            R"(","topicSysFlag":3,"writeQueueNums":4}}}})");
  }

  stn::testing::fake_host host;
  stn::testing::fake_requests requests;
  fake_kv kv;
  stn::testing::hosted_plugin plugin;
  stn::iface<stn_processor_api> processor;
};

TEST_F(NamesrvRoutes, ARegisteredTopicHasARouteForOldAndNewClients) {
  up();
  EXPECT_EQ(register_topic("T").code, 0);
  const fake_answer old = call(105, {{"topic", "T"}}, {}, 399);
  EXPECT_EQ(old.code, 0);
  EXPECT_NE(old.body.find(R"({0:"127.0.0.1:10911"})"), std::string::npos);
  const fake_answer current = call(105, {{"topic", "T"}});
  EXPECT_NE(current.body.find(R"({"0":"127.0.0.1:10911"})"), std::string::npos);
  EXPECT_EQ(call(105, {{"topic", "T"}}).body, current.body);
  EXPECT_EQ(call(105, {{"topic", "T"}, {"acceptStandardJsonOnly", "true"}}, {}, 317).body,
            current.body);
}

TEST_F(NamesrvRoutes, AnUnknownTopicIsCode17WithTheOriginalsRemark) {
  up();
  const fake_answer a = call(105, {{"topic", "NOPE"}});
  EXPECT_EQ(a.code, 17);
  EXPECT_EQ(a.remark,
            "No topic route info in name server for the topic: NOPE\n"
            "See http://rocketmq.apache.org/docs/faq/ for further details.");
}

TEST_F(NamesrvRoutes, AClosedConnectionTakesItsBrokersAway) {
  up();
  register_topic("T");
  conn_event(STN_CONN_CLOSED, k_other);
  EXPECT_EQ(call(105, {{"topic", "T"}}).code, 0);
  conn_event(STN_CONN_CLOSED, k_namesrv);
  EXPECT_EQ(call(105, {{"topic", "T"}}).code, 17);
  EXPECT_EQ(register_topic("T").code, 1) << "a registration that was overtaken by the close";
}

TEST_F(NamesrvRoutes, ASilentBrokerGoesAtTheScanAfter120Seconds) {
  up();
  register_topic("T");
  host.advance(120 * k_second);
  EXPECT_EQ(call(105, {{"topic", "T"}}).code, 0);
  host.advance(10 * k_second);
  EXPECT_EQ(call(105, {{"topic", "T"}}).code, 17);
}

TEST_F(NamesrvRoutes, ABrokerThatShowsItLivesStays) {
  up();
  register_topic("T");
  host.advance(100 * k_second);
  EXPECT_EQ(call(904, broker_fields()).code, 0);
  host.advance(100 * k_second);
  const fake_answer same = call(322, broker_fields(), R"({"counter":1,"timestamp":5})");
  EXPECT_EQ(same.fields.at("changed"), "false");
  EXPECT_NE(same.body.find("\"counter\":1"), std::string::npos);
  host.advance(100 * k_second);
  EXPECT_EQ(call(105, {{"topic", "T"}}).code, 0);
  EXPECT_EQ(call(322, broker_fields(), R"({"counter":2,"timestamp":5})").fields.at("changed"),
            "true");
}

TEST_F(NamesrvRoutes, UnregisteringRemovesTheRoute) {
  up();
  register_topic("T");
  EXPECT_EQ(call(104, broker_fields()).code, 0);
  EXPECT_EQ(call(105, {{"topic", "T"}}).code, 17);
}

TEST_F(NamesrvRoutes, ChecksumAndBodyOfARegistrationAreChecked) {
  up();
  const std::string body = R"({"topicConfigSerializeWrapper":{}})";
  fields f = broker_fields();
  f.emplace_back("bodyCrc32", std::to_string(stn::namesrv_routes::body_checksum(body)));
  EXPECT_EQ(call(103, f, body).code, 0);
  f.back().second = "12345";
  const fake_answer damaged = call(103, f, body);
  EXPECT_EQ(damaged.code, 1);
  EXPECT_EQ(damaged.remark, "crc32 not match");
  EXPECT_EQ(call(103, broker_fields(), "{broken").code, 1);
  EXPECT_EQ(call(103, {{"brokerName", "x"}}, body).code, 1);
  f = broker_fields();
  f.emplace_back("compressed", "true");
  EXPECT_EQ(call(103, f, "not zlib").code, 1);
}

TEST_F(NamesrvRoutes, ASlaveLearnsItsMaster) {
  up();
  register_topic("T");
  fields slave = broker_fields("1");
  slave[1].second = "127.0.0.1:20911";
  const fake_answer a = call(103, slave);
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(a.fields.at("masterAddr"), "127.0.0.1:10911");
  EXPECT_EQ(a.fields.at("haServerAddr"), "127.0.0.1:10912");
}

TEST_F(NamesrvRoutes, OrderConfigurationComesFromTheKeeperOfSettings) {
  kv.values["T"] = "broker-a:4";
  host.provide(STN_KV_ID, {&fake_kv::table()->h, &kv});
  up();
  EXPECT_EQ(register_topic("T").body, R"({"table":{"of":"ORDER_TOPIC_CONFIG"}})");
  EXPECT_NE(call(105, {{"topic", "T"}}).body.find(R"("orderTopicConf":"broker-a:4")"),
            std::string::npos);
}

TEST_F(NamesrvRoutes, WithoutAKeeperOfSettingsARegistrationHasNoBody) {
  up();
  EXPECT_EQ(register_topic("T").body, "");
}

TEST_F(NamesrvRoutes, ListsTopicsClustersAndMembers) {
  up();
  register_topic("T");
  EXPECT_EQ(call(206, {}).body, R"({"topicList":["T"]})");
  EXPECT_EQ(call(224, {{"cluster", "DefaultCluster"}}).body, R"({"topicList":["T"]})");
  EXPECT_EQ(call(224, {{"cluster", "none"}}).body, R"({"topicList":[]})");
  EXPECT_EQ(call(304, {}).body,
            R"({"brokerAddr":"127.0.0.1:10911","topicList":["DefaultCluster","broker-a"]})");
  EXPECT_EQ(call(311, {}).body, R"({"topicList":["T"]})");
  EXPECT_EQ(call(312, {}).body, R"({"topicList":["T"]})");
  EXPECT_EQ(call(313, {}).body, R"({"topicList":[]})");
  EXPECT_NE(call(106, {}).body.find(R"("clusterAddrTable":{"DefaultCluster":["broker-a"]})"),
            std::string::npos);
  EXPECT_EQ(
      call(901, {{"clusterName", "DefaultCluster"}, {"brokerName", "broker-a"}}).body,
      R"({"brokerMemberGroup":{"brokerAddrs":{"0":"127.0.0.1:10911"},"brokerName":"broker-a",)"
      R"("cluster":"DefaultCluster"}})");
}

TEST_F(NamesrvRoutes, AdministratorsChangePermissionsAndDeleteTopics) {
  up();
  register_topic("T");
  EXPECT_EQ(call(205, {{"brokerName", "broker-a"}}).fields.at("wipeTopicCount"), "1");
  EXPECT_NE(call(105, {{"topic", "T"}}).body.find("\"perm\":4"), std::string::npos);
  EXPECT_EQ(call(327, {{"brokerName", "broker-a"}}).fields.at("addTopicCount"), "1");
  EXPECT_NE(call(105, {{"topic", "T"}}).body.find("\"perm\":6"), std::string::npos);
  EXPECT_EQ(call(216, {{"topic", "T"}}).code, 0);
  EXPECT_EQ(call(105, {{"topic", "T"}}).code, 17);
}

TEST_F(NamesrvRoutes, ATopicIsRegisteredForKnownBrokersOnly) {
  up();
  register_topic("T");
  EXPECT_EQ(call(217, {{"topic", "U"}}, R"({"queueDatas":[{"brokerName":"nobody"}]})").code, 0);
  EXPECT_EQ(call(105, {{"topic", "U"}}).code, 17);
  EXPECT_EQ(
      call(217, {{"topic", "U"}}, R"({"queueDatas":[{"brokerName":"broker-a","perm":6}]})").code,
      0);
  EXPECT_EQ(call(105, {{"topic", "U"}}).code, 0);
}

TEST_F(NamesrvRoutes, MissingFieldsAreAnAnswerNotACrash) {
  up();
  for (int32_t code : {103, 104, 105, 205, 216, 217, 224, 322, 327}) {
    EXPECT_EQ(call(code, {}).code, 1) << code;
    EXPECT_NE(call(code, {}).remark, "") << code;
  }
}

TEST_F(NamesrvRoutes, LeavesNothingBehindAfterStop) {
  up();
  plugin.down();
  EXPECT_EQ(host.exec().timers(), 0u);
}

}  // namespace
