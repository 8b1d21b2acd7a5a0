// The whole plugin through its entry function: hook, thread, file of progress, request 45.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "fake_store.h"
#include "stanchion/ext/put_hook.h"
#include "stanchion/protocol/bodies/offsets.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace stn::schedule {
namespace {

class SchedulePlugin : public ::testing::Test {
 protected:
  SchedulePlugin() : store_({0, 3'600'000}) {
    dir_ = std::filesystem::temp_directory_path() /
           ("stn_schedule_" + std::to_string(::getpid()) + "_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(dir_);
    host_.set_cfg("config_dir", dir_.string())
        .set_cfg("delay_levels", "0s 1h")
        .set_cfg("flush_interval", 10'000'000'000)
        .provide(STN_STORE_ID, {&store_.api().api->h, &store_});
    store_.now_ms = host_.now_ms();
  }
  ~SchedulePlugin() override { std::filesystem::remove_all(dir_); }

  std::string file() const {
    std::ifstream in(dir_ / "delayOffset.json");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void write_file(const std::string &text) const {
    std::filesystem::create_directories(dir_);
    std::ofstream(dir_ / "delayOffset.json") << text;
  }
  // Sends a message with a delay level as broker-send would: through the hook, then to the store.
  void send(stn::testing::hosted_plugin &p, const std::string &body, const std::string &level) {
    auto hook = p.get<stn_put_hook_api>(STN_PUT_HOOK_ID);
    const std::string props = "DELAY\1" + level;
    char memory[STN_HOOK_SCRATCH];
    stn_scratch mem = {memory, memory + sizeof(memory)};
    stn_append a{};
    a.topic = store_.intern_name("orders");
    a.queue = 1;
    a.born_host = a.store_host = slice(testing::fake_store::k_born_host);
    a.body = slice(body);
    a.n_props = 1;
    a.props[0] = slice(props);
    stn_verdict verdict{};
    hook->before_append(hook.self, &a, &verdict, 1, &mem);
    ASSERT_EQ(verdict.code, 0);
    store_.put(a);
  }
  // The plugin's thread is real: waits for what it does, not for time to pass.
  bool delivered(size_t n) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (store_.queue_size("orders", 1) < n) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::filesystem::path dir_;
  stn::testing::fake_host host_;
  testing::fake_store store_;
};

TEST_F(SchedulePlugin, DeliversDueMessagesAndSavesProgressAtStop) {
  stn::testing::hosted_plugin p(host_);
  ASSERT_EQ(p.up(), STN_OK) << p.error();
  send(p, "a", "1");
  send(p, "b", "1");
  send(p, "later", "2");
  EXPECT_TRUE(delivered(2));
  p.down();
  EXPECT_EQ(store_.queue_size("orders", 1), 2u);
  protocol::delay_offset_table saved;
  ASSERT_TRUE(protocol::decode(file(), &saved).ok()) << file();
  EXPECT_EQ(saved.offsets, (std::map<int32_t, int64_t>{{1, 2}, {2, 0}}));
  EXPECT_EQ(host_.metrics().value("stn_schedule_delayed_total"), 3);
  EXPECT_EQ(host_.metrics().value("stn_schedule_delivered_total"), 2);
  EXPECT_EQ(host_.exec().timers(), 0u);
  EXPECT_EQ(host_.exec().threads(), 0u);
}

// The file as Apache RocketMQ 4.9.7 writes it: tabs, keys without quotes.
TEST_F(SchedulePlugin, GoesOnWhereAnOriginalFileSays) {
  write_file("{\n\t\"offsetTable\":{1:1,2:0\n\t}\n}");
  for (const char *body : {"done", "open"}) {
    store_.put(store_.delay_topic, 0,
               "REAL_TOPIC\1orders\2REAL_QID\1"
               "1",
               body);
  }
  stn::testing::hosted_plugin p(host_);
  ASSERT_EQ(p.up(), STN_OK) << p.error();
  EXPECT_TRUE(delivered(1));
  p.down();
  const auto all = store_.queue("orders", 1);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].view().body, "open");
}

TEST_F(SchedulePlugin, DeliversAgainWhenProgressIsUnreadable) {
  write_file("{\"offsetTable\":{1:");
  store_.put(store_.delay_topic, 0,
             "REAL_TOPIC\1orders\2REAL_QID\1"
             "1",
             "a");
  stn::testing::hosted_plugin p(host_);
  ASSERT_EQ(p.up(), STN_OK) << p.error();
  EXPECT_TRUE(delivered(1));
  EXPECT_GE(host_.logged(STN_LOG_ERROR), 1u);
}

TEST_F(SchedulePlugin, SavesProgressWhileRunning) {
  stn::testing::hosted_plugin p(host_);
  ASSERT_EQ(p.up(), STN_OK) << p.error();
  send(p, "a", "1");
  EXPECT_TRUE(delivered(1));
  // Storing and acknowledging are two steps: wait for the second before time is moved.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (host_.metrics().value("stn_schedule_delivered_total") < 1 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  protocol::delay_offset_table saved;
  while (saved.offsets[1] != 1 && std::chrono::steady_clock::now() < deadline) {
    host_.advance(10'000'000'000);
    ASSERT_TRUE(protocol::decode(file(), &saved).ok());
  }
  EXPECT_EQ(saved.offsets[1], 1);
}

TEST_F(SchedulePlugin, AnswersProgressToASlave) {
  stn::testing::hosted_plugin p(host_);
  ASSERT_EQ(p.up(), STN_OK) << p.error();
  auto api = p.get<stn_processor_api>(STN_PROCESSOR_ID);
  stn::testing::fake_requests rq(host_.exec().io(0));
  const auto a = rq.call(api.api, api.self, {.code = 45});
  EXPECT_EQ(a.code, 0);
  protocol::delay_offset_table table;
  ASSERT_TRUE(protocol::decode(a.body, &table).ok());
  EXPECT_EQ(table.offsets.size(), 2u);
}

TEST_F(SchedulePlugin, RefusesLevelsThatAreNoLevels) {
  host_.set_cfg("delay_levels", "1s soon");
  stn::testing::hosted_plugin p(host_);
  EXPECT_EQ(p.init(), STN_E_INVALID);
  EXPECT_NE(p.error().find("soon"), std::string::npos);
}

}  // namespace
}  // namespace stn::schedule
