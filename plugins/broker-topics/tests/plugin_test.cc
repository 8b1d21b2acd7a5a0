// The plugin as the kernel sees it: start with and without stored topics, stn.topics/1, request codes, files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "fake_store.h"
#include "fake_transport.h"
#include "stanchion/ext/topics.h"
#include "stanchion/protocol/bodies/topic_config.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/sdk/testing/fake_host.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace {

using stn::testing::fake_answer;
namespace protocol = stn::protocol;

constexpr int64_t k_second = 1'000'000'000;
using fields = std::vector<std::pair<std::string, std::string>>;

class BrokerTopics : public testing::Test {
 protected:
  BrokerTopics() : requests(host.exec().io(0)) {
    std::string pattern = testing::TempDir() + "topicsXXXXXX";
    dir = mkdtemp(pattern.data());
    host.provide(STN_STORE_ID, store.iface()).provide(STN_TRANSPORT_ID, net.iface());
    host.set_cfg("cluster", "C")
        .set_cfg("broker", "B")
        .set_cfg("namesrv", "a:1")
        .set_cfg("config_dir", dir);
    host.set_cfg("register_interval", 30 * k_second).set_cfg("retry_interval", 3 * k_second);
    host.set_cfg("register_timeout", 6 * k_second).set_cfg("ready_wait", k_second);
    host.set_cfg("auto_create", 1).set_cfg("default_queues", 8);
    plugin = std::make_unique<stn::testing::hosted_plugin>(host);
  }
  ~BrokerTopics() override {
    plugin.reset();
    std::filesystem::remove_all(dir);
  }
  void up() {
    ASSERT_EQ(plugin->up(), STN_OK) << plugin->error();
    topics = plugin->get<stn_topics_api>(STN_TOPICS_ID);
    processor = plugin->get<stn_processor_api>(STN_PROCESSOR_ID);
  }
  fake_answer call(int32_t code, fields f) {
    const size_t i = requests.add({.code = code, .fields = std::move(f)});
    requests.handle(processor.api, processor.self);
    host.run_pending();
    return requests.answer(i);
  }
  stn_topic look_up(std::string_view name) {
    const stn_str s = stn::str(name);
    stn_topic out{};
    topics->lookup(topics.self, &s, 1, &out);
    return out;
  }
  fields create_fields(const std::string &topic, const std::string &queues = "4") {
    return {{"topic", topic},
            {"defaultTopic", "TBW102"},
            {"readQueueNums", queues},
            {"writeQueueNums", queues},
            {"perm", "6"},
            {"topicFilterType", "SINGLE_TAG"},
            {"topicSysFlag", "0"},
            {"order", "false"}};
  }
  std::string file(const std::string &name) {
    std::ifstream in(dir + "/" + name, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  stn::testing::fake_host host;
  stn::testing::fake_requests requests;
  stn::broker_topics::testing::fake_store store;
  stn::broker_topics::testing::fake_transport net;
  std::unique_ptr<stn::testing::hosted_plugin> plugin;
  stn::iface<stn_topics_api> topics;
  stn::iface<stn_processor_api> processor;
  std::string dir;
};

TEST_F(BrokerTopics, StartsWithTheSystemTopicsAndSaysWhoItIs) {
  up();
  EXPECT_EQ(look_up("TBW102").write_queues, 8);
  EXPECT_EQ(look_up("TBW102").perm, 7);
  EXPECT_EQ(look_up("SCHEDULE_TOPIC_XXXX").read_queues, 18);
  EXPECT_EQ(look_up("BenchmarkTest").read_queues, 1024);
  EXPECT_EQ(look_up("C").read_queues, 16);
  EXPECT_EQ(look_up("B").read_queues, 1);
  EXPECT_EQ(look_up("C_REPLY_TOPIC").status, STN_OK);
  EXPECT_EQ(look_up("RMQ_SYS_TRACE_TOPIC").status, STN_E_NOT_FOUND);
  EXPECT_EQ(stn::view(topics->identity(topics.self)->address), "127.0.0.1:10911");
  EXPECT_EQ(host.announced().at("advertise"), "127.0.0.1:10911");
  EXPECT_TRUE(net.calls_of(103).at(0).topics().contains("TBW102"));
}

TEST_F(BrokerTopics, IsReadyAlthoughTheNameServerIsAway) {
  net.refusing = {"a:1"};
  up();
  EXPECT_GE(host.logged(STN_LOG_WARN), 1u);
  net.refusing.clear();
  host.advance(4 * static_cast<uint64_t>(k_second));
  EXPECT_EQ(net.calls_of(103).size(), 1u);
}

TEST_F(BrokerTopics, RefusesANameServerWithoutAPort) {
  host.set_cfg("namesrv", "localhost");
  EXPECT_EQ(plugin->init(), STN_E_INVALID);
}

TEST_F(BrokerTopics, ACreatedTopicIsRegisteredAndOnDiskWhenItIsAnswered) {
  up();
  const fake_answer a = call(17, create_fields("T"));
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(a.remark, "not set any response code");
  EXPECT_EQ(look_up("T").write_queues, 4);
  EXPECT_EQ(net.calls_of(103).back().topics(), std::set<std::string>{"T"});
  protocol::topic_config_table stored;
  ASSERT_TRUE(decode(file("topics.json"), &stored).ok());
  EXPECT_EQ(stored.topics.at("T").write_queues, 4);
  EXPECT_EQ(stored.topics.size(), 9u);
}

TEST_F(BrokerTopics, TheAnswerWaitsForTheNameServer) {
  up();
  net.hold = true;
  EXPECT_FALSE(call(17, create_fields("T")).given);
  net.answer_all();
  EXPECT_EQ(requests.answered(), 1u);
}

TEST_F(BrokerTopics, IllegalSystemAndIncompleteTopicsAreRefused) {
  up();
  EXPECT_EQ(call(17, create_fields("a b")).remark,
            "The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
  EXPECT_EQ(call(17, create_fields("")).remark, "The specified topic is blank.");
  EXPECT_EQ(call(17, create_fields("TBW102")).remark,
            "The topic[TBW102] is conflict with system topic.");
  EXPECT_EQ(call(17, create_fields("T", "-1")).code, 1);
  EXPECT_EQ(call(17, {{"topic", "T"}}).code, 1);
  EXPECT_EQ(call(215, {{"topic", "TBW102"}}).code, 1);
  EXPECT_EQ(call(215, {}).code, 1);
  EXPECT_EQ(call(202, {}).code, 1);
  EXPECT_EQ(call(351, {}).code, 1);
  EXPECT_EQ(look_up("T").status, STN_E_NOT_FOUND);
}

TEST_F(BrokerTopics, ASlaveRefusesChanges) {
  host.set_cfg("broker_id", 1);
  up();
  EXPECT_EQ(call(17, create_fields("T")).code, 1);
  EXPECT_EQ(call(215, {{"topic", "T"}}).code, 1);
}

TEST_F(BrokerTopics, ADeletedTopicLosesItsQueues) {
  up();
  call(17, create_fields("T"));
  const uint32_t id = look_up("T").id;
  EXPECT_EQ(call(215, {{"topic", "T"}}).code, 0);
  EXPECT_EQ(look_up("T").status, STN_E_NOT_FOUND);
  EXPECT_EQ(store.dropped, std::vector<uint32_t>{id});
  EXPECT_EQ(call(215, {{"topic", "T"}}).code, 0) << "an unknown topic is deleted already";
  EXPECT_EQ(store.dropped.size(), 1u);
}

TEST_F(BrokerTopics, AnAutomaticTopicIsSavedAndRegisteredBehindTheCaller) {
  up();
  stn_topic t{};
  ASSERT_EQ(topics->derive(topics.self, stn::str("auto"), stn::str("TBW102"), 4, &t, nullptr),
            STN_OK);
  EXPECT_EQ(t.write_queues, 4);
  EXPECT_EQ(file("topics.json"), "");
  host.run_pending();
  EXPECT_NE(file("topics.json").find("\"auto\""), std::string::npos);
  EXPECT_EQ(net.calls_of(103).back().topics(), std::set<std::string>{"auto"});
  stn_error err{};
  EXPECT_EQ(topics->ensure(topics.self, stn::str("not legal"), 1, 6, &t, &err), STN_E_INVALID);
  EXPECT_GT(err.msg_len, 0u);
}

TEST_F(BrokerTopics, StoredTopicsSurviveARestart) {
  up();
  call(17, create_fields("T"));
  plugin = std::make_unique<stn::testing::hosted_plugin>(host);
  up();
  EXPECT_EQ(look_up("T").write_queues, 4);
}

TEST_F(BrokerTopics, ReadsTheFileOfTheOriginal) {
  // Written by a broker 4.9.7 (tabs and sorted keys), shortened to two topics.
  std::ofstream(dir + "/topics.json")
      << "{\n\t\"dataVersion\":{\n\t\t\"counter\":2,\n\t\t\"timestamp\":1700000000000\n\t},\n"
         "\t\"topicConfigTable\":{\n\t\t\"TP\":{\n\t\t\t\"order\":true,\n\t\t\t\"perm\":4,"
         "\n\t\t\t\"readQueueNums\":5,\n"
         "\t\t\t\"topicFilterType\":\"SINGLE_TAG\",\n\t\t\t\"topicName\":\"TP\","
         "\n\t\t\t\"topicSysFlag\":1,\n"
         "\t\t\t\"writeQueueNums\":6\n\t\t}\n\t}\n}";
  up();
  const stn_topic t = look_up("TP");
  EXPECT_EQ(t.read_queues, 5);
  EXPECT_EQ(t.write_queues, 6);
  EXPECT_EQ(t.perm, 4);
  EXPECT_EQ(t.sysflag, 1);
  EXPECT_EQ(t.flags, STN_TOPIC_ORDER);
}

TEST_F(BrokerTopics, ADamagedFileFallsBackToTheOneBefore) {
  up();
  call(17, create_fields("T"));
  call(17, create_fields("U"));
  std::ofstream(dir + "/topics.json") << "{\"topicConfig";
  plugin = std::make_unique<stn::testing::hosted_plugin>(host);
  // stop() of the first instance has nothing to write, so the damage stands.
  up();
  EXPECT_EQ(look_up("T").status, STN_OK);
}

TEST_F(BrokerTopics, TwoDamagedFilesStopTheStart) {
  std::ofstream(dir + "/topics.json") << "{";
  std::ofstream(dir + "/topics.json.bak") << "[]";
  EXPECT_EQ(plugin->up(), STN_E_CORRUPT);
  EXPECT_NE(plugin->error().find("topics.json"), std::string::npos);
}

TEST_F(BrokerTopics, StatisticsTellTheEndsOfEveryQueue) {
  up();
  call(17, create_fields("T", "2"));
  store.queues[{look_up("T").id, 1}] = {3, 7};
  protocol::record_layout layout;
  ASSERT_TRUE(protocol::lay_out(0, 1, 1, 0, &layout).ok());
  store.record.assign(layout.total, '\0');
  protocol::record_head head;
  const std::string ip(8, '\x01');
  head.born_host = head.store_host = ip;
  protocol::write_record_head(layout, head, store.record.data());
  protocol::write_record_topic(layout, "T", store.record.data());
  protocol::patch_record(layout, 6, 600, 123456789, store.record.data());
  const fake_answer a = call(202, {{"topic", "T"}});
  EXPECT_EQ(a.code, 0);
  EXPECT_NE(a.body.find(R"("lastUpdateTimestamp":123456789,"maxOffset":7,"minOffset":3)"),
            std::string::npos)
      << a.body;
  EXPECT_NE(a.body.find(R"("lastUpdateTimestamp":0,"maxOffset":0,"minOffset":0)"),
            std::string::npos)
      << a.body;
  EXPECT_EQ(call(202, {{"topic", "none"}}).code, 17);
}

TEST_F(BrokerTopics, ListsAndSingleTopicsAreRead) {
  up();
  call(17, create_fields("T"));
  protocol::topic_config_table all;
  ASSERT_TRUE(decode(call(21, {}).body, &all).ok());
  EXPECT_TRUE(all.topics.contains("T"));
  EXPECT_TRUE(all.topics.contains("TBW102"));
  EXPECT_NE(call(305, {}).body.find("\"TBW102\""), std::string::npos);
  EXPECT_NE(call(351, {{"topic", "T"}}).body.find("\"topicName\":\"T\""), std::string::npos);
  const fake_answer none = call(351, {{"topic", "none"}});
  EXPECT_EQ(none.code, 17);
  EXPECT_EQ(none.remark, "No topic in this broker. topic: none");
}

TEST_F(BrokerTopics, OrderTopicsComeWithTheAnswerToARegistration) {
  up();
  call(17, create_fields("T"));
  net.reply_body = R"({"table":{"T":"B:4"}})";
  host.advance(31 * static_cast<uint64_t>(k_second));
  EXPECT_EQ(look_up("T").flags, STN_TOPIC_ORDER);
  protocol::topic_config_table stored;
  ASSERT_TRUE(decode(file("topics.json"), &stored).ok());
  EXPECT_TRUE(stored.topics.at("T").order);
}

TEST_F(BrokerTopics, SaysGoodByeAndLeavesNothingBehind) {
  up();
  EXPECT_EQ(plugin->drain(host.exec().mono_ns() + 1'000'000'000), STN_OK);
  EXPECT_EQ(net.calls_of(104).size(), 1u);
  plugin->down();
  host.run_pending();
  EXPECT_EQ(host.exec().timers(), 0u);
  EXPECT_EQ(net.open_connections, 0);
}

}  // namespace
