// groups_fixture: the whole plugin over fakes, driven through its entry function.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes.h"
#include "stanchion/ext/groups.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace stn::broker_groups {

class groups_fixture : public ::testing::Test {
 protected:
  using fields = std::vector<std::pair<std::string, std::string>>;
  using list = std::vector<std::string>;
  static constexpr uint64_t k_second = 1'000'000'000;

  groups_fixture() : rq_(host_.exec().io(0)) {
    dir_ = std::filesystem::temp_directory_path() /
           ("stn_groups_" + std::to_string(::getpid()) + "_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(dir_);
    host_.set_cfg("config_dir", dir_.string())
        .set_cfg("auto_create_groups", 1)
        .set_cfg("notify_changes", 1)
        .set_cfg("client_timeout", 120 * k_second)
        .set_cfg("scan_interval", 10 * k_second)
        .set_cfg("lock_lifetime", 60 * k_second)
        .set_cfg("max_groups", 100)
        .set_cfg("max_locks", 100)
        .provide(STN_TRANSPORT_ID, transport_.api())
        .provide(STN_TOPICS_ID, topics_.api())
        .provide(STN_OFFSETS_ID, offsets_.api())
        .provide(STN_FILTER_ID, filter_.api());
  }
  ~groups_fixture() override {
    plugin_.reset();
    EXPECT_EQ(transport_.shares(), 0) << "connections kept";
    std::filesystem::remove_all(dir_);
  }

  void up() {
    plugin_ = std::make_unique<stn::testing::hosted_plugin>(host_);
    ASSERT_EQ(plugin_->up(), STN_OK) << plugin_->error();
    processor_ = plugin_->get<stn_processor_api>(STN_PROCESSOR_ID);
    groups_ = plugin_->get<stn_groups_api>(STN_GROUPS_ID);
  }
  stn::testing::fake_answer call(int32_t code, fields f, std::string body = "", uint64_t conn = 1) {
    stn::testing::fake_request q;
    q.code = code;
    q.fields = std::move(f);
    q.body = std::move(body);
    q.conn_id = conn;
    q.conn = testing::fake_transport::handle(transport_.connect(conn));
    q.peer = "10.0.0." + std::to_string(conn) + ":5000";
    return rq_.call(processor_.api, processor_.self, std::move(q));
  }
  // As a 4.9.7 client writes it. subs: pairs of topic and expression.
  static std::string consumer_json(const std::string &group, const fields &subs,
                                   int64_t version = 1, const std::string &model = "CLUSTERING") {
    std::string set;
    for (const auto &[topic, expression] : subs) {
      set += (set.empty() ? "" : ",");
      set +=
          "{\"classFilterMode\":false,\"codeSet\":[],\"expressionType\":\"TAG\",\"subString\":\"" +
          expression + "\",\"subVersion\":" + std::to_string(version) +
          ",\"tagsSet\":[],\"topic\":\"" + topic + "\"}";
    }
    return "{\"consumeFromWhere\":\"CONSUME_FROM_FIRST_OFFSET\",\"consumeType\":"
           "\"CONSUME_PASSIVELY\",\"groupName\":\"" +
           group + "\",\"messageModel\":\"" + model + "\",\"subscriptionDataSet\":[" + set +
           "],\"unitMode\":false}";
  }
  stn::testing::fake_answer beat(uint64_t conn, const std::string &client,
                                 const std::string &consumers, const std::string &producers = "") {
    return call(34, {},
                "{\"clientID\":\"" + client + "\",\"consumerDataSet\":[" + consumers +
                    "],\"producerDataSet\":[" + producers + "]}",
                conn);
  }
  void join(uint64_t conn, const std::string &client, const std::string &group = "g") {
    ASSERT_EQ(beat(conn, client, consumer_json(group, {{"orders", "*"}})).code, 0);
  }
  void close(uint64_t conn) {
    processor_->on_conn(processor_.self, testing::fake_transport::handle(&transport_.at(conn)),
                        conn, 1, STN_CONN_CLOSED);
  }
  std::string ids(const std::string &group = "g") {
    const auto a = call(38, {{"consumerGroup", group}});
    return a.code == 0 ? a.body : "code " + std::to_string(a.code);
  }
  list &told(uint64_t conn) { return transport_.connect(conn)->told; }
  std::string file() const {
    std::ifstream in(dir_ / "subscriptionGroup.json");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  std::filesystem::path dir_;
  stn::testing::fake_host host_;
  stn::testing::fake_requests rq_;
  testing::fake_transport transport_;
  testing::fake_topics topics_;
  testing::fake_offsets offsets_;
  testing::fake_filter filter_;
  std::unique_ptr<stn::testing::hosted_plugin> plugin_;
  iface<stn_processor_api> processor_;
  iface<stn_groups_api> groups_;
};

}  // namespace stn::broker_groups
