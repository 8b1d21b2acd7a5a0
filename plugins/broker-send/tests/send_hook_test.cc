// Put hooks between the checks and the append; retries that a consumer sends by itself.
#include <cstring>

#include "fakes.h"

namespace stn::broker_send::testing {
namespace {

class SendHook : public send_fixture {
 protected:
  static constexpr uint32_t k_delay_topic = 77;

  // Moves messages with DELAY as the schedule plugin does.
  void add_delay_hook() {
    add_hook([](stn_append *v, stn_verdict *, uint32_t n, stn_scratch *) {
      for (uint32_t i = 0; i < n; i++) {
        std::string properties;
        for (uint32_t k = 0; k < v[i].n_props; k++) properties += stn::view(v[i].props[k]);
        if (properties.find("DELAY\1") == std::string::npos) continue;
        v[i].topic = k_delay_topic;
        v[i].queue = 2;
      }
    });
  }
};

TEST_F(SendHook, MovedMessagesAreAnsweredWithTheOriginalQueue) {
  add_delay_hook();
  call(send_request("T", 3,
                    {{"properties",
                      "DELAY\1"
                      "3"}}));
  const auto a = call(send_request("T", 3,
                                   {{"properties",
                                     "DELAY\1"
                                     "3"}}));
  EXPECT_EQ(store.records[1].record.topic, k_delay_topic);
  EXPECT_EQ(store.records[1].record.queue, 2);
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(a.fields.at("queueId"), "3");
  EXPECT_EQ(a.fields.at("queueOffset"), "1") << "in the delay topic";
}

TEST_F(SendHook, HooksSeeTheBatchOnceAndInOrder) {
  std::string calls;
  add_hook([&](stn_append *, stn_verdict *, uint32_t n, stn_scratch *) {
    calls += "a" + std::to_string(n);
  });
  add_hook([&](stn_append *, stn_verdict *, uint32_t n, stn_scratch *) {
    calls += "b" + std::to_string(n);
  });
  up();
  for (int i = 0; i < 3; i++) requests.add(send_request("T", i));
  requests.add(send_request("T", 99));
  handle();
  EXPECT_EQ(calls, "a3b3") << "refused messages are not shown";
}

TEST_F(SendHook, AVerdictRefusesOneMessageOfTheBatch) {
  add_hook([](stn_append *v, stn_verdict *verdict, uint32_t n, stn_scratch *mem) {
    for (uint32_t i = 0; i < n; i++) {
      if (v[i].queue != 1) continue;
      std::memcpy(mem->at, "not today", 9);
      verdict[i] = {16, 0, {mem->at, 9}};
      mem->at += 9;
    }
  });
  up();
  for (int i = 0; i < 4; i++) requests.add(send_request("T", i));
  handle();
  EXPECT_EQ(requests.answer(1).code, 16);
  EXPECT_EQ(requests.answer(1).remark, "not today");
  ASSERT_EQ(store.records.size(), 3u);
  for (const int i : {0, 2, 3})
    EXPECT_EQ(requests.answer(i).fields.at("queueId"), std::to_string(i));
}

TEST_F(SendHook, EachHookFindsItsScratch) {
  for (int k = 0; k < 2; k++) {
    add_hook([](stn_append *, stn_verdict *, uint32_t n, stn_scratch *mem) {
      ASSERT_GE(mem->end - mem->at, static_cast<ptrdiff_t>(n * STN_HOOK_SCRATCH));
      std::memset(mem->at, 'x', n * STN_HOOK_SCRATCH);
      mem->at += n * STN_HOOK_SCRATCH;
    });
  }
  up();
  for (uint32_t i = 0; i < STN_BATCH_MAX; i++) requests.add(send_request("T", 0));
  handle();
  EXPECT_EQ(requests.answered(), STN_BATCH_MAX);
}

TEST_F(SendHook, RetriesBelowTheLimitAreStoredAsTheyAre) {
  groups.groups["g"] = {STN_GROUP_CONSUME, 1, 16, 1};
  add_delay_hook();
  EXPECT_EQ(call(send_request("%RETRY%g", 0, {{"reconsumeTimes", "15"}})).code, 0);
  EXPECT_EQ(store.records[0].record.topic, topics.id("%RETRY%g"));
  EXPECT_EQ(topics.topics.count("%DLQ%g"), 0u);
}

TEST_F(SendHook, UsedUpRetriesGoToTheDeadLettersWithoutDelay) {
  groups.groups["g"] = {STN_GROUP_CONSUME, 1, 16, 1};
  add_delay_hook();
  const std::string properties =
      "KEYS\1k\2DELAY\1"
      "18\2WAIT\1true\2RETRY_TOPIC\1T\2TRAN_MSG\1true";
  const auto a =
      call(send_request("%RETRY%g", 0, {{"reconsumeTimes", "16"}, {"properties", properties}}));
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(store.records[0].record.topic, topics.id("%DLQ%g"));
  EXPECT_EQ(store.records[0].record.queue, 0);
  EXPECT_EQ(store.records[0].properties,
            "KEYS\1k\2RETRY_TOPIC\1T\2TRAN_MSG\1true\2CLUSTER\1DefaultCluster");
  EXPECT_EQ(topics.topics.at("%DLQ%g").write_queues, 1);
  EXPECT_EQ(topics.topics.at("%DLQ%g").perm, 6);
}

TEST_F(SendHook, TheRequestsLimitCountsFromItsVersionOn) {
  groups.groups["g"] = {STN_GROUP_CONSUME, 1, 16, 1};
  auto q = send_request("%RETRY%g", 0, {{"reconsumeTimes", "3"}, {"maxReconsumeTimes", "3"}});
  q.version = 120;
  EXPECT_EQ(call(q).code, 0);
  EXPECT_EQ(store.records.back().record.topic, topics.id("%RETRY%g"));
  q.version = 121;
  EXPECT_EQ(call(q).code, 0);
  EXPECT_EQ(store.records.back().record.topic, topics.id("%DLQ%g"));
}

TEST_F(SendHook, DeadLettersThatCannotBeMade) {
  groups.groups["g"] = {STN_GROUP_CONSUME, 1, 16, 1};
  topics.add("%RETRY%g", 1);
  topics.may_make = false;
  const auto a = call(send_request("%RETRY%g", 0, {{"reconsumeTimes", "16"}}));
  EXPECT_EQ(a.code, 1);
  EXPECT_EQ(a.remark, "topic[%DLQ%g] not exist");
}

}  // namespace
}  // namespace stn::broker_send::testing
