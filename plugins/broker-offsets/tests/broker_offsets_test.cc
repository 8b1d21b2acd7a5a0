// The whole plugin through its entry function: requests, interface, files.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fakes.h"
#include "stanchion/ext/offsets.h"
#include "stanchion/protocol/bodies/offsets.h"
#include "stanchion/protocol/bodies/stats.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace stn::broker_offsets {
namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

class Offsets : public ::testing::Test {
 protected:
  Offsets() : rq_(host_.exec().io(0)) {
    dir_ = std::filesystem::temp_directory_path() /
           ("stn_offsets_" + std::to_string(::getpid()) + "_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(dir_);
    host_.set_cfg("config_dir", dir_.string())
        .set_cfg("flush_interval", 5'000'000'000)
        .set_cfg("max_queues", 1000)
        .provide(STN_STORE_ID, store_.api())
        .provide(STN_TOPICS_ID, topics_.api());
    topics_.add("young", 4);
    topics_.add("old", 4);
    store_.queues[{1, 0}] = {0, 50};
    store_.queues[{2, 0}] = {100, 150};
  }
  ~Offsets() override {
    plugin_.reset();
    std::filesystem::remove_all(dir_);
  }

  void up() {
    plugin_ = std::make_unique<stn::testing::hosted_plugin>(host_);
    ASSERT_EQ(plugin_->up(), STN_OK) << plugin_->error();
  }
  void restart() {
    plugin_.reset();
    up();
  }
  stn::testing::fake_answer call(int32_t code, fields f) {
    auto api = plugin_->get<stn_processor_api>(STN_PROCESSOR_ID);
    return rq_.call(api.api, api.self, {.code = code, .fields = std::move(f)});
  }
  std::string query(const std::string &group, const std::string &topic, const std::string &queue) {
    const auto a = call(14, {{"consumerGroup", group}, {"topic", topic}, {"queueId", queue}});
    return a.code == 0 ? a.fields.at("offset") : "code " + std::to_string(a.code);
  }
  void update(const std::string &group, const std::string &topic, const std::string &offset) {
    const auto a = call(
        15,
        {{"consumerGroup", group}, {"topic", topic}, {"queueId", "0"}, {"commitOffset", offset}});
    EXPECT_EQ(a.code, 0);
  }
  std::string file() const {
    std::ifstream in(dir_ / "consumerOffset.json");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void write_file(const std::string &name, const std::string &text) const {
    std::filesystem::create_directories(dir_);
    std::ofstream(dir_ / name) << text;
  }

  std::filesystem::path dir_;
  stn::testing::fake_host host_;
  stn::testing::fake_requests rq_;
  testing::fake_store store_;
  testing::fake_topics topics_;
  std::unique_ptr<stn::testing::hosted_plugin> plugin_;
};

TEST_F(Offsets, QueryAnswersTheCommittedOffset) {
  up();
  update("g", "old", "120");
  EXPECT_EQ(query("g", "old", "0"), "120");
  EXPECT_EQ(query("h", "old", "0"), "code 22");
}

TEST_F(Offsets, ANewGroupBeginsAtZeroOnAQueueThatIsWhole) {
  up();
  EXPECT_EQ(query("g", "young", "0"), "0");
  EXPECT_EQ(query("g", "young", "3"), "0") << "empty queue";
  EXPECT_EQ(query("g", "unknown", "0"), "0");
  EXPECT_EQ(query("g", "old", "0"), "code 22");
  const auto a = call(14, {{"consumerGroup", "g"}, {"topic", "old"}, {"queueId", "0"}});
  EXPECT_EQ(a.remark, "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first");
  const auto strict = call(14, {{"consumerGroup", "g"},
                                {"topic", "young"},
                                {"queueId", "0"},
                                {"setZeroIfNotFound", "false"}});
  EXPECT_EQ(strict.code, 22);
}

TEST_F(Offsets, MinAndMaxComeFromTheStore) {
  up();
  EXPECT_EQ(call(30, {{"topic", "old"}, {"queueId", "0"}}).fields.at("offset"), "150");
  EXPECT_EQ(call(31, {{"topic", "old"}, {"queueId", "0"}}).fields.at("offset"), "100");
  for (const char *queue : {"7", "-1", "2147483647"}) {
    EXPECT_EQ(call(30, {{"topic", "old"}, {"queueId", queue}}).fields.at("offset"), "0") << queue;
  }
  EXPECT_EQ(call(31, {{"topic", "unknown"}, {"queueId", "0"}}).fields.at("offset"), "0");
}

TEST_F(Offsets, SearchByTimeAsksTheStore) {
  up();
  const auto at = [&](const std::string &topic, const std::string &ms) {
    return call(29, {{"topic", topic}, {"queueId", "0"}, {"timestamp", ms}});
  };
  EXPECT_EQ(at("old", "130").fields.at("offset"), "130");
  EXPECT_EQ(at("unknown", "130").fields.at("offset"), "0");
  const auto bound = [&](const std::string &type) {
    return call(29,
                {{"topic", "old"}, {"queueId", "0"}, {"timestamp", "130"}, {"boundaryType", type}})
        .fields.at("offset");
  };
  EXPECT_EQ(bound("lower"), "130001");
  EXPECT_EQ(bound("upper"), "130002");
  EXPECT_EQ(bound("middle"), "130") << "what nobody knows is as if it were not there";
  store_.by_time = STN_E_IO;
  EXPECT_EQ(at("old", "130").code, 1);
  EXPECT_EQ(at("old", "130").remark, "the disk said no");
}

TEST_F(Offsets, EarliestTimeIsThatOfTheFirstRecord) {
  up();
  protocol::record_layout l;
  ASSERT_TRUE(protocol::lay_out(0, 0, 3, 0, &l).ok());
  store_.record.resize(l.total);
  protocol::record_head h;
  h.born_host = h.store_host = std::string_view("\0\0\0\0\0\0\0\0", 8);
  protocol::write_record_head(l, h, store_.record.data());
  protocol::write_record_topic(l, "old", store_.record.data());
  protocol::patch_record(l, 100, 10000, 4711, store_.record.data());
  EXPECT_EQ(call(32, {{"topic", "old"}, {"queueId", "0"}}).fields.at("timestamp"), "4711");
  EXPECT_EQ(call(32, {{"topic", "old"}, {"queueId", "1"}}).fields.at("timestamp"), "-1");
  EXPECT_EQ(call(32, {{"topic", "unknown"}, {"queueId", "0"}}).fields.at("timestamp"), "-1");
  store_.record = "garbage";
  EXPECT_EQ(call(32, {{"topic", "old"}, {"queueId", "0"}}).fields.at("timestamp"), "-1");
  EXPECT_EQ(store_.released, 2u);
}

TEST_F(Offsets, BadHeadersAreAnsweredWithTheFieldThatIsWrong) {
  up();
  const auto missing = call(14, {{"topic", "old"}, {"queueId", "0"}});
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.remark, "the custom field <consumerGroup> is null");
  const auto text = call(30, {{"topic", "old"}, {"queueId", "first"}});
  EXPECT_EQ(text.code, 1);
  EXPECT_NE(text.remark.find("<queueId>"), std::string::npos);
}

TEST_F(Offsets, CommittedOffsetsAreOnDiskWithinTheInterval) {
  up();
  auto api = plugin_->get<stn_offsets_api>(STN_OFFSETS_ID);
  api->commit(api.self, str("g"), str("old"), 2, 110);
  EXPECT_EQ(file(), "");
  host_.advance(5'000'000'000);
  protocol::consumer_offset_table saved;
  ASSERT_TRUE(protocol::decode(file(), &saved).ok()) << file();
  EXPECT_EQ(saved.offsets["old@g"][2], 110);
  const auto written = std::filesystem::last_write_time(dir_ / "consumerOffset.json");
  host_.advance(50'000'000'000);
  EXPECT_EQ(std::filesystem::last_write_time(dir_ / "consumerOffset.json"), written)
      << "nothing has changed";
}

TEST_F(Offsets, OffsetsSurviveARestart) {
  up();
  update("g", "old", "120");
  restart();
  EXPECT_EQ(query("g", "old", "0"), "120");
}

// As Apache RocketMQ 4.9.7 writes it: tabs, queue ids without quotes.
TEST_F(Offsets, ReadsAFileOfAnOriginalBroker) {
  write_file(
      "consumerOffset.json",
      "{\n\t\"offsetTable\":{\n\t\t\"old@g\":{0:7,1:9\n\t\t},\n\t\t\"%RETRY%g@g\":{0:3}\n\t}\n}");
  up();
  EXPECT_EQ(query("g", "old", "0"), "7");
  EXPECT_EQ(query("g", "old", "1"), "9");
  EXPECT_EQ(query("g", "%RETRY%g", "0"), "3");
}

TEST_F(Offsets, FallsBackToTheBackupAndRefusesToStartWithoutEither) {
  write_file("consumerOffset.json", "{\"offsetTable\":{\"old@g\":{0:");
  write_file("consumerOffset.json.bak", "{\"offsetTable\":{\"old@g\":{0:7}}}");
  up();
  EXPECT_EQ(query("g", "old", "0"), "7");
  plugin_.reset();
  write_file("consumerOffset.json", "garbage");
  write_file("consumerOffset.json.bak", "garbage");
  stn::testing::hosted_plugin p(host_);
  EXPECT_EQ(p.up(), STN_E_CORRUPT);
  EXPECT_NE(p.error().find("consumerOffset.json"), std::string::npos);
}

TEST_F(Offsets, AForgottenGroupBeginsAnew) {
  up();
  update("g", "old", "120");
  auto api = plugin_->get<stn_offsets_api>(STN_OFFSETS_ID);
  api->forget(api.self, str("g"));
  EXPECT_EQ(query("g", "old", "0"), "code 22");
}

TEST_F(Offsets, AFullTableIsCountedAndAnswered) {
  host_.set_cfg("max_queues", 1);
  up();
  update("g", "old", "120");
  const auto a =
      call(15, {{"consumerGroup", "h"}, {"topic", "old"}, {"queueId", "0"}, {"commitOffset", "1"}});
  EXPECT_EQ(a.code, 1);
  auto api = plugin_->get<stn_offsets_api>(STN_OFFSETS_ID);
  api->commit(api.self, str("h"), str("old"), 0, 1);
  EXPECT_EQ(host_.metrics().value("stn_offsets_refused_total"), 1);
}

TEST_F(Offsets, AllOffsetsForASlave) {
  up();
  update("g", "old", "120");
  protocol::consumer_offset_table all;
  ASSERT_TRUE(protocol::decode(call(43, {}).body, &all).ok());
  EXPECT_EQ(all.offsets["old@g"][0], 120);
}

TEST_F(Offsets, ConsumeStatsListEveryQueueOfTheTopic) {
  up();
  update("g", "old", "120");
  const auto a = call(208, {{"consumerGroup", "g"}});
  ASSERT_EQ(a.code, 0);
  protocol::consume_stats stats;
  ASSERT_TRUE(protocol::decode(a.body, &stats).ok()) << a.body;
  ASSERT_EQ(stats.queues.size(), 4u);
  const auto &q0 = stats.queues[{"old", "broker-a", 0}];
  EXPECT_EQ(q0.broker_offset, 150);
  EXPECT_EQ(q0.consumer_offset, 120);
  EXPECT_EQ(stats.queues[(protocol::message_queue{"old", "broker-a", 1})].consumer_offset, 0);
}

}  // namespace
}  // namespace stn::broker_offsets
