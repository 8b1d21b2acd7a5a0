// Code 36: messages that come back from consumers.
#include "fakes.h"
#include "stanchion/protocol/message_record.h"

namespace stn::broker_send::testing {
namespace {

const std::string k_faq = "\nSee http://rocketmq.apache.org/docs/faq/ for further details.";

class SendBack : public send_fixture {
 protected:
  void SetUp() override {
    send_fixture::SetUp();
    groups.groups["g"] = {STN_GROUP_CONSUME, 1, 16, 1};
    // As the schedule plugin: takes over what has a delay.
    add_hook([this](stn_append *v, stn_verdict *, uint32_t n, stn_scratch *) {
      for (uint32_t i = 0; i < n; i++) {
        if (stn::view(v[i].props[0]).find("DELAY\1") == std::string_view::npos) continue;
        home = {v[i].topic, v[i].queue};
        v[i].topic = k_delay_topic;
      }
    });
  }

  // A record of topic T at position 4096, as a store keeps it.
  void put(const std::string &properties, int32_t reconsume = 0, int32_t sysflag = 0) {
    protocol::record_layout layout;
    ASSERT_TRUE(protocol::lay_out(sysflag, 5, 1, properties.size(), &layout).ok());
    std::string bytes(layout.total, '\0');
    protocol::record_head head;
    head.flag = 9;
    head.sys_flag = sysflag;
    head.born_ms = 1234;
    head.born_host = std::string_view("\x0a\x00\x00\x09\x00\x00\x1f\x90", 8);
    head.store_host = std::string_view("\x7f\x00\x00\x01\x00\x00\x2a\x9f", 8);
    head.reconsume_times = reconsume;
    protocol::write_record_head(layout, head, bytes.data());
    protocol::write_record_topic(layout, "T", bytes.data());
    bytes.replace(layout.body_at, 5, "hello");
    bytes.replace(layout.properties_at, properties.size(), properties);
    protocol::patch_record(layout, 3, 4096, 5678, bytes.data());
    store.stored[4096] = bytes;
  }
  stn::testing::fake_request request(fields more = {}) {
    stn::testing::fake_request q;
    q.code = 36;
    q.fields = {{"offset", "4096"}, {"group", "g"}, {"delayLevel", "0"}};
    for (auto &[k, v] : more) {
      std::erase_if(q.fields, [&k = k](auto &f) { return f.first == k; });
      q.fields.emplace_back(k, v);
    }
    return q;
  }
  void expect_refused(stn::testing::fake_request q, int32_t code, const std::string &remark) {
    const auto a = call(std::move(q));
    EXPECT_EQ(a.code, code);
    EXPECT_EQ(a.remark, remark);
    EXPECT_EQ(store.appends, 0);
    EXPECT_EQ(store.pinned, 0);
  }

  static constexpr uint32_t k_delay_topic = 77;
  std::pair<uint32_t, int32_t> home;
};

TEST_F(SendBack, FirstTryGoesToTheRetryTopicThroughLevelThree) {
  put("KEYS\1k\2TAGS\1t\2WAIT\1true");
  const auto a = call(request());
  EXPECT_EQ(a.code, 0);
  EXPECT_FALSE(a.has_remark);
  ASSERT_EQ(store.records.size(), 1u);
  const appended &r = store.records[0];
  EXPECT_EQ(home, std::pair(topics.id("%RETRY%g"), 0));
  EXPECT_EQ(r.properties,
            "KEYS\1k\2TAGS\1t\2RETRY_TOPIC\1T\2"
            "ORIGIN_MESSAGE_ID\1"
            "7F00000100002A9F0000000000001000\2DELAY\1"
            "3");
  EXPECT_EQ(r.body, "hello");
  EXPECT_EQ(r.record.flag, 9);
  EXPECT_EQ(r.record.born_ms, 1234);
  EXPECT_EQ(r.born_host, std::string("\x0a\x00\x00\x09\x00\x00\x1f\x90", 8));
  EXPECT_EQ(r.record.reconsume, 1);
  EXPECT_EQ(r.record.flags, 0u) << "waits for the disk";
  EXPECT_EQ(store.pinned, 0);
  EXPECT_EQ(topics.topics.at("%RETRY%g").write_queues, 1);
  EXPECT_EQ(topics.topics.at("%RETRY%g").perm, 6);
  EXPECT_EQ(host.metrics().value("stn_send_back_messages_total"), 1);
}

TEST_F(SendBack, LaterTriesKeepTheirOriginAndForgetTheOldDelay) {
  put("RETRY_TOPIC\1T0\2ORIGIN_MESSAGE_ID\1ID0\2DELAY\1"
      "3\2REAL_TOPIC\1%RETRY%g\2REAL_QID\1"
      "0",
      2, 1);
  EXPECT_EQ(call(request()).code, 0);
  EXPECT_EQ(store.records[0].properties,
            "RETRY_TOPIC\1T0\2ORIGIN_MESSAGE_ID\1ID0\2DELAY\1"
            "5");
  EXPECT_EQ(store.records[0].record.reconsume, 3);
  EXPECT_EQ(store.records[0].record.sysflag, 1);
}

TEST_F(SendBack, TheConsumerMayAskForALevel) {
  put("");
  EXPECT_EQ(call(request({{"delayLevel", "7"}})).code, 0);
  EXPECT_TRUE(
      store.records[0].properties.ends_with("DELAY\1"
                                            "7"));
}

TEST_F(SendBack, GivenUpByTriesByTheRequestsLimitOrByAskingForIt) {
  struct row {
    int32_t tries;
    fields more;
    uint16_t version;
    bool given_up;
  };
  const row rows[] = {
      {15, {}, 401, false},
      {16, {}, 401, true},
      {2, {{"maxReconsumeTimes", "2"}}, 401, true},
      {2, {{"maxReconsumeTimes", "2"}}, 120, false},
      {16, {{"maxReconsumeTimes", "17"}}, 401, false},
      {0, {{"delayLevel", "-1"}}, 401, true},
  };
  for (const row &r : rows) {
    put("DELAY\1"
        "4",
        r.tries);
    auto q = request(r.more);
    q.version = r.version;
    EXPECT_EQ(call(q).code, 0);
    const stn_append &stored = store.records.back().record;
    if (r.given_up) {
      EXPECT_EQ(stored.topic, topics.id("%DLQ%g"));
      EXPECT_EQ(stored.queue, 0);
      EXPECT_EQ(store.records.back().properties.find("DELAY"), std::string::npos);
    } else {
      EXPECT_EQ(stored.topic, k_delay_topic);
    }
  }
  EXPECT_EQ(topics.topics.at("%DLQ%g").write_queues, 1);
}

TEST_F(SendBack, MissingField) {
  auto q = request();
  q.fields.erase(q.fields.begin());
  expect_refused(q, 1, "the request header is not valid: field offset: mandatory field is missing");
}

TEST_F(SendBack, UnknownGroup) {
  expect_refused(request({{"group", "x"}}), 26, "subscription group not exist, x " + k_faq);
}

TEST_F(SendBack, GroupWithoutRetryQueuesLosesItsFailures) {
  groups.groups["g"].retry_queues = 0;
  put("");
  expect_refused(request(), 0, "");
  EXPECT_EQ(failures("other"), 0);
}

TEST_F(SendBack, RetryTopicNotWritable) {
  topics.add("%RETRY%g", 1, STN_PERM_READ);
  put("");
  expect_refused(request(), 16, "the topic[%RETRY%g] sending message is forbidden");
}

TEST_F(SendBack, RetryTopicThatCannotBeMade) {
  topics.may_make = false;
  put("");
  expect_refused(request(), 1, "topic[%RETRY%g] not exist");
}

TEST_F(SendBack, NoMessageAtThatPosition) {
  expect_refused(request({{"offset", "999999"}}), 1, "look message by offset failed, 999999");
}

TEST_F(SendBack, BytesThatAreNoMessage) {
  store.stored[4096] = std::string(91, 'x');
  expect_refused(request(), 1, "look message by offset failed, 4096");
}

TEST_F(SendBack, AStoreThatFailsLeavesTheMessageWithTheConsumer) {
  put("");
  store.accept = STN_E_NO_SPACE;
  EXPECT_EQ(call(request()).code, 1);
  store.accept = STN_OK;
  store.outcome = STN_E_IO;
  const auto a = call(request());
  EXPECT_EQ(a.code, 1);
  EXPECT_EQ(a.remark.find("service not available now."), 0u);
  EXPECT_EQ(store.pinned, 0);
  EXPECT_EQ(host.metrics().value("stn_send_back_messages_total"), 0);
}

TEST_F(SendBack, TheAnswerComesWithTheCompletion) {
  put("");
  up();
  store.hold = true;
  const size_t i = requests.add(request());
  handle();
  EXPECT_FALSE(requests.answer(i).given);
  EXPECT_EQ(plugin->drain(host.host().mono_ns()), STN_E_TIMEOUT);
  store.complete_all();
  EXPECT_EQ(requests.answer(i).code, 0);
}

}  // namespace
}  // namespace stn::broker_send::testing
