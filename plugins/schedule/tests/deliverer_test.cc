#include "deliverer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "delay_levels.h"
#include "fake_store.h"
#include "stanchion/sdk/testing/fake_host.h"

namespace stn::schedule {
namespace {

constexpr const char *k_levels = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";

class Deliverer : public ::testing::Test {
 protected:
  Deliverer() : delays_(parse_delay_levels(k_levels).value()), store_(delays_) {
    shared_.log = host_.host();
    shared_.store = store_.api();
    shared_.delay_topic = store_.delay_topic;
    shared_.metrics = host_.host().get<stn_metrics_api>(STN_METRICS_ID).value();
    add("delivered", &shared_.delivered);
    add("skipped", &shared_.skipped);
    add("retried", &shared_.retried);
    make({});
  }
  ~Deliverer() override { EXPECT_EQ(store_.owners, 0u) << "records not given back"; }

  void add(const char *name, stn_metric **out) {
    ASSERT_EQ(shared_.metrics->add(shared_.metrics.self, STN_METRIC_COUNTER, name, "", nullptr, 0,
                                   out, nullptr),
              STN_OK);
  }
  void make(const std::vector<level_progress> &saved) {
    deliverer_ = std::make_unique<deliverer>(&shared_, delays_);
    ASSERT_TRUE(deliverer_->begin(saved).ok());
    const stn_arrival_fn arrived = [](void *user, const stn_arrival *v, uint32_t n) {
      auto *t = static_cast<Deliverer *>(user);
      for (uint32_t i = 0; i < n; i++) {
        if (v[i].topic == t->store_.delay_topic) t->deliverer_->arrived(v[i].queue);
      }
    };
    store_.api()->watch(&store_, arrived, this, nullptr);
  }
  // Parks a message in a level as the hook does.
  int64_t park(int32_t level, const std::string &body, const std::string &more = "") {
    return store_.put(store_.delay_topic, queue_of_level(level),
                      "KEYS\1k\2WAIT\1false\2REAL_TOPIC\1orders\2REAL_QID\1"
                      "3" +
                          more,
                      body);
  }
  int64_t turn() { return deliverer_->turn(store_.now_ms); }
  int64_t turn_at(int64_t ms) {
    store_.now_ms = ms;
    return turn();
  }
  std::vector<std::string> bodies(int32_t queue = 3) {
    std::vector<std::string> all;
    for (const auto &m : store_.queue("orders", queue)) all.emplace_back(m.view().body);
    return all;
  }
  int64_t progress(int32_t level) {
    return deliverer_->progress()[static_cast<size_t>(level - 1)].offset;
  }
  int64_t metric(const char *name) { return host_.metrics().value(name); }

  using list = std::vector<std::string>;
  stn::testing::fake_host host_;
  std::vector<int64_t> delays_;
  testing::fake_store store_;
  delivery shared_;
  std::unique_ptr<deliverer> deliverer_;
};

TEST_F(Deliverer, DeliversEachOfTheEighteenLevelsWhenDueAndNotEarlier) {
  const int64_t begin = store_.now_ms;
  for (int32_t level = 1; level <= 18; level++) park(level, std::to_string(level));
  EXPECT_EQ(turn(), begin + 1000);
  for (size_t i = 0; i < delays_.size(); i++) {
    turn_at(begin + delays_[i] - 1);
    ASSERT_EQ(bodies().size(), i) << "too early";
    const int64_t next = turn_at(begin + delays_[i]);
    ASSERT_EQ(bodies().size(), i + 1) << "too late";
    EXPECT_EQ(bodies().back(), std::to_string(i + 1));
    EXPECT_EQ(next, i + 1 < delays_.size() ? begin + delays_[i + 1] : k_never);
  }
  EXPECT_EQ(metric("delivered"), 18);
}

TEST_F(Deliverer, DeliveredMessageIsTheOriginalInItsOwnTopic) {
  stn_append a{};
  a.topic = store_.delay_topic;
  a.queue = 2;
  a.sysflag = 8 | 1;
  a.flag = 42;
  a.born_ms = 12345;
  a.born_host = slice(testing::fake_store::k_born_host);
  a.store_host = slice(testing::fake_store::k_store_host);
  a.body = slice("body");
  a.reconsume = 2;
  a.n_props = 1;
  a.props[0] = slice(
      "TAGS\1t\2WAIT\1false\2DELAY\1"
      "3\2REAL_TOPIC\1orders\2REAL_QID\1"
      "3");
  store_.put(a);
  turn_at(store_.now_ms + 10'000);
  const auto all = store_.queue("orders", 3);
  ASSERT_EQ(all.size(), 1u);
  const auto m = all[0].view();
  EXPECT_EQ(m.sys_flag, 9);
  EXPECT_EQ(m.flag, 42);
  EXPECT_EQ(m.born_ms, 12345);
  EXPECT_EQ(m.born_host, testing::fake_store::k_born_host);
  EXPECT_EQ(m.store_host, testing::fake_store::k_store_host);
  EXPECT_EQ(m.store_ms, store_.now_ms);
  EXPECT_EQ(m.reconsume_times, 2);
  EXPECT_EQ(m.body, "body");
  EXPECT_EQ(m.properties,
            "TAGS\1t\2DELAY\1"
            "3\2REAL_TOPIC\1orders\2REAL_QID\1"
            "3");
}

TEST_F(Deliverer, KeepsTheOrderOfALevelOverManyBatches) {
  list sent;
  for (int i = 0; i < 500; i++) {
    sent.push_back(std::to_string(i));
    park(1, sent.back());
  }
  EXPECT_EQ(turn_at(store_.now_ms + 1000), k_never);
  EXPECT_EQ(bodies(), sent);
  EXPECT_EQ(progress(1), 500);
  EXPECT_GE(store_.appends, 500u / 64u);
}

TEST_F(Deliverer, AnArrivalWakesALevelThatWasEmpty) {
  EXPECT_EQ(turn(), k_never);
  park(2, "a");
  EXPECT_EQ(turn(), store_.now_ms + 5000);
  turn_at(store_.now_ms + 5000);
  EXPECT_EQ(bodies(), list{"a"});
}

TEST_F(Deliverer, ADueTimeBeyondTheLevelsDelayMeansTheClockWasSetBack) {
  park(3, "a");
  EXPECT_EQ(turn(), store_.now_ms + 10'000);
  turn_at(store_.now_ms - 1);
  EXPECT_EQ(bodies(), list{"a"}) << "one millisecond back is judged anew";
}

TEST_F(Deliverer, MovesProgressOnlyWhenTheStoreHasAcknowledged) {
  store_.hold = true;
  park(1, "a");
  park(1, "b");
  EXPECT_EQ(turn_at(store_.now_ms + 1000), k_never);
  EXPECT_EQ(progress(1), 0);
  park(1, "c");
  EXPECT_EQ(turn(), k_never) << "one batch at a time";
  EXPECT_EQ(store_.appends, 1u);
  store_.complete_held();
  store_.hold = false;
  turn();
  EXPECT_EQ(progress(1), 2);
  turn_at(store_.now_ms + 1000);
  EXPECT_EQ(bodies(), (list{"a", "b", "c"}));
}

TEST_F(Deliverer, TriesAgainWhenTheStoreRefuses) {
  for (stn_status why : {STN_E_BUSY, STN_E_NO_SPACE, STN_E_IO, STN_E_CLOSED}) {
    const size_t before = bodies().size();
    park(1, "x");
    store_.refuse = why;
    const int64_t next = turn_at(store_.now_ms + 1000);
    EXPECT_EQ(next, store_.now_ms + (why == STN_E_BUSY ? 100 : 1000)) << why;
    EXPECT_EQ(bodies().size(), before);
    store_.refuse = STN_OK;
    turn_at(next);
    EXPECT_EQ(bodies().size(), before + 1);
  }
  EXPECT_EQ(metric("retried"), 4);
  EXPECT_EQ(metric("skipped"), 0);
  EXPECT_EQ(progress(1), 4);
}

TEST_F(Deliverer, GoesOnBehindTheLastMessageThatWasStored) {
  park(1, "a");
  park(1, "b");
  park(1, "c");
  store_.fail_body["b"] = STN_E_IO;
  const int64_t next = turn_at(store_.now_ms + 1000);
  EXPECT_EQ(progress(1), 1);
  store_.fail_body.clear();
  turn_at(next);
  EXPECT_EQ(bodies(), (list{"a", "c", "b", "c"})) << "twice is allowed, never is not";
  EXPECT_EQ(progress(1), 3);
}

TEST_F(Deliverer, TakesALateDiskAsStoredAndSkipsWhatIsRefusedForGood) {
  park(1, "late");
  park(1, "illegal");
  park(1, "c");
  store_.fail_body["late"] = STN_E_TIMEOUT;
  store_.fail_body["illegal"] = STN_E_INVALID;
  EXPECT_EQ(turn_at(store_.now_ms + 1000), k_never);
  EXPECT_EQ(progress(1), 3);
  EXPECT_EQ(metric("skipped"), 1);
}

TEST_F(Deliverer, SkipsWhatCannotBeDeliveredAndCountsIt) {
  store_.put(store_.delay_topic, 0, "KEYS\1k", "no real topic");
  store_.put(store_.delay_topic, 0, "REAL_TOPIC\1orders", "no queue");
  store_.put(store_.delay_topic, 0, "REAL_TOPIC\1orders\2REAL_QID\1-1", "negative");
  store_.put(store_.delay_topic, 0,
             "REAL_TOPIC\1RMQ_SYS_TRANS_HALF_TOPIC\2REAL_QID\1"
             "0",
             "half");
  store_.unreadable.push_back(park(1, "damaged"));
  park(1, "good");
  turn_at(store_.now_ms + 1000);
  EXPECT_EQ(bodies(), list{"good"});
  EXPECT_EQ(metric("skipped"), 5);
  EXPECT_EQ(progress(1), 6);
  EXPECT_EQ(store_.queue_size("RMQ_SYS_TRANS_HALF_TOPIC", 0), 0u);
}

TEST_F(Deliverer, AReadThatFailsForNowLosesNothing) {
  park(1, "a");
  store_.read_fails = STN_E_IO;
  const int64_t next = turn_at(store_.now_ms + 1000);
  EXPECT_EQ(next, store_.now_ms + 1000);
  EXPECT_EQ(progress(1), 0);
  store_.read_fails = STN_OK;
  turn_at(next);
  EXPECT_EQ(bodies(), list{"a"});
}

TEST_F(Deliverer, GoesOnWhereItWasSaved) {
  for (int i = 0; i < 5; i++) park(2, std::to_string(i));
  make({{2, 3}, {1, 7}});
  EXPECT_EQ(progress(1), 0) << "beyond the end of the queue";
  turn_at(store_.now_ms + 5000);
  EXPECT_EQ(bodies(), (list{"3", "4"}));
}

TEST_F(Deliverer, FollowsAQueueThatLostItsHead) {
  for (int i = 0; i < 5; i++) park(1, std::to_string(i));
  store_.drop_head(0, 3);
  turn_at(store_.now_ms + 1000);
  EXPECT_EQ(bodies(), (list{"3", "4"}));
}

TEST_F(Deliverer, StopsOnlyAfterTheBatchUnderWayHasCompleted) {
  store_.hold = true;
  park(1, "a");
  store_.now_ms += 1000;
  host_.set_now_ms(store_.now_ms);
  turn();
  deliverer_->stop();
  std::thread thread([this] { deliverer_->run(); });
  store_.complete_held();
  thread.join();
  deliverer_->wait_quiet();
  EXPECT_EQ(progress(1), 1);
}

}  // namespace
}  // namespace stn::schedule
