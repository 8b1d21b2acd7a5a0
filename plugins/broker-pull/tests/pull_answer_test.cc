// What each outcome of the store means on the wire; limits; reads that have to wait for the disk.
#include "fakes.h"

namespace stn::broker_pull::testing {
namespace {

class PullAnswer : public pull_fixture {
 protected:
  void expect(const stn::testing::fake_answer &a, int32_t code, const std::string &remark,
              int64_t next, int64_t min, int64_t max) {
    ASSERT_TRUE(a.given);
    EXPECT_EQ(a.code, code);
    EXPECT_EQ(a.remark, remark);
    const std::map<std::string, std::string> expected = {{"suggestWhichBrokerId", "0"},
                                                         {"nextBeginOffset", std::to_string(next)},
                                                         {"minOffset", std::to_string(min)},
                                                         {"maxOffset", std::to_string(max)}};
    EXPECT_EQ(a.fields, expected);
  }
};

TEST_F(PullAnswer, Found) {
  const auto a = call(pull_request("T", 0, 1));
  expect(a, 0, "FOUND", 3, 0, 3);
  EXPECT_EQ(a.body, "b1a2");
  EXPECT_EQ(metric("stn_pull_messages_total"), 2);
  EXPECT_EQ(metric("stn_pull_bytes_total"), 4);
  EXPECT_EQ(answers("found"), 1);
}

TEST_F(PullAnswer, NoMatch) {
  groups.current.expression = "z";
  expect(call(pull_request("T", 0, 0)), 20, "NO_MATCHED_MESSAGE", 3, 0, 3);
  EXPECT_EQ(answers("retry"), 1);
}

TEST_F(PullAnswer, Removed) {
  store.outcome = STN_FETCHED_REMOVED;
  expect(call(pull_request("T", 0, 1)), 20, "MESSAGE_WAS_REMOVING", 6, 0, 3);
}

TEST_F(PullAnswer, NoQueue) {
  expect(call(pull_request("T", 2, 0)), 19, "NO_MATCHED_LOGIC_QUEUE", 0, 0, 0);
  expect(call(pull_request("T", 2, 9)), 21, "NO_MATCHED_LOGIC_QUEUE", 0, 0, 0);
}

TEST_F(PullAnswer, EmptyQueue) {
  expect(call(pull_request("T", 1, 0)), 19, "NO_MESSAGE_IN_QUEUE", 0, 0, 0);
  expect(call(pull_request("T", 1, 9)), 21, "NO_MESSAGE_IN_QUEUE", 0, 0, 0);
}

TEST_F(PullAnswer, BelowTheFirst) {
  store.queues[{k_t, 0}].min = 2;
  expect(call(pull_request("T", 0, 1)), 21, "OFFSET_TOO_SMALL", 2, 2, 3);
  expect(call(pull_request("T", 0, -1)), 21, "OFFSET_TOO_SMALL", 2, 2, 3);
  EXPECT_EQ(answers("moved"), 2);
}

TEST_F(PullAnswer, AtTheEnd) {
  expect(call(pull_request("T", 0, 3)), 19, "OFFSET_OVERFLOW_ONE", 3, 0, 3);
  EXPECT_EQ(answers("not_found"), 1);
}

TEST_F(PullAnswer, BehindTheEnd) {
  expect(call(pull_request("T", 0, 4)), 21, "OFFSET_OVERFLOW_BADLY", 3, 0, 3);
}

TEST_F(PullAnswer, OnlyWhatIsNotFoundWaits) {
  groups.current.expression = "z";
  EXPECT_EQ(call(waiting_pull("T", 0, 0)).code, 20);
  EXPECT_EQ(call(waiting_pull("T", 0, 4)).code, 21);
  EXPECT_EQ(call(waiting_pull("T", 1, 9)).code, 21);
}

TEST_F(PullAnswer, StoreThatCannotRead) {
  store.failure = STN_E_IO;
  const auto a = call(pull_request("T", 0, 0));
  EXPECT_EQ(a.code, 1);
  EXPECT_EQ(a.remark, "the store cannot read now, status 12");
}

TEST_F(PullAnswer, LimitsOfTheBrokerAndOfTheRequest) {
  call(pull_request("T", 0, 0, {{"maxMsgNums", "1000"}}));
  EXPECT_EQ(store.last_max_msgs, 32u);
  EXPECT_EQ(store.last_max_bytes, 262144u);
  call(pull_request("T", 0, 0, {{"maxMsgNums", "2"}, {"maxMsgBytes", "100"}}));
  EXPECT_EQ(store.last_max_msgs, 2u);
  EXPECT_EQ(store.last_max_bytes, 100u);
  call(pull_request("T", 0, 0, {{"maxMsgNums", "0"}, {"maxMsgBytes", "99999999"}}));
  EXPECT_EQ(store.last_max_msgs, 1u);
  EXPECT_EQ(store.last_max_bytes, 262144u);
  call(pull_request("T", 0, 0, {{"maxMsgNums", "-5"}}));
  EXPECT_EQ(store.last_max_msgs, 1u);
}

TEST_F(PullAnswer, LitePullIsTheSame) {
  auto q = pull_request("T", 0, 1, {{"sysFlag", "16"}});
  q.code = 361;
  expect(call(q), 0, "FOUND", 3, 0, 3);
}

TEST_F(PullAnswer, MoreThanOneCallFullOfMessages) {
  store.queues[{k_t, 3}].messages.assign(32, "x");
  up();
  for (uint32_t i = 0; i < STN_BATCH_MAX; i++) requests.add(pull_request("T", 3, 0));
  sent += STN_BATCH_MAX;
  requests.handle(api.api, api.self);
  for (uint32_t i = 0; i < STN_BATCH_MAX; i++) {
    EXPECT_EQ(requests.answer(i).body, std::string(32, 'x')) << i;
  }
  EXPECT_EQ(metric("stn_pull_messages_total"), 32 * STN_BATCH_MAX);
}

TEST_F(PullAnswer, ColdReadsAreAnsweredFromTheBlockingPool) {
  store.cold = true;
  const size_t i = send(pull_request("T", 0, 1));
  EXPECT_FALSE(answered(i));
  EXPECT_EQ(plugin->drain(host.host().mono_ns()), STN_E_TIMEOUT) << "it is waited for";
  host.exec().run_pending(host.exec().blocking());
  expect(requests.answer(i), 0, "FOUND", 3, 0, 3);
  EXPECT_EQ(store.waited, 1);
  EXPECT_EQ(metric("stn_pull_cold_total"), 1);
}

TEST_F(PullAnswer, ColdReadsWithoutRoomAreBusy) {
  store.cold = true;
  host.exec().set_blocking_capacity(0);
  const auto a = call(pull_request("T", 0, 1));
  EXPECT_EQ(a.code, 2);
  EXPECT_EQ(a.remark, "[OVERLOAD]system busy, start flow control for a while");
}

TEST_F(PullAnswer, AColdReadThatFails) {
  store.cold = true;
  const size_t i = send(pull_request("T", 0, 1));
  store.failure = STN_E_CORRUPT;
  host.run_pending();
  EXPECT_EQ(requests.answer(i).code, 1);
}

TEST_F(PullAnswer, AColdReadThatFindsNothingGoesBackAndIsHeld) {
  store.cold = true;
  const size_t i = send(waiting_pull("T", 0, 3));
  store.cold = false;
  host.run_pending();
  EXPECT_FALSE(answered(i));
  EXPECT_EQ(metric("stn_pull_held_requests"), 1);
  store.put(k_t, 0, {"c3"});
  host.run_pending();
  EXPECT_EQ(requests.answer(i).body, "c3");
}

}  // namespace
}  // namespace stn::broker_pull::testing
