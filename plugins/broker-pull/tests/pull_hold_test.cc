// Pulls that wait: woken, ended by time, by a closed connection, by draining; and the races between these.
#include "fakes.h"

namespace stn::broker_pull::testing {
namespace {

class PullHold : public pull_fixture {
 protected:
  int64_t held() { return metric("stn_pull_held_requests"); }
  void close(uint64_t conn_id) {
    stn::testing::fake_exec::on_thread here(host.exec().io(1));
    api->on_conn(api.self, nullptr, conn_id, 1, STN_CONN_CLOSED);
  }
  // Runs the task that an arrival posted.
  void arrive(uint32_t topic, int32_t queue, const std::vector<std::string> &bodies) {
    store.put(topic, queue, bodies);
    host.run_pending();
  }
};

TEST_F(PullHold, AnArrivalAnswersAtOnce) {
  const size_t i = send(waiting_pull("T", 0, 3));
  EXPECT_FALSE(answered(i));
  EXPECT_EQ(held(), 1);
  arrive(k_t, 0, {"c3", "d4"});
  const auto a = requests.answer(i);
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(a.remark, "FOUND");
  EXPECT_EQ(a.body, "c3d4");
  EXPECT_EQ(a.fields.at("nextBeginOffset"), "5");
  EXPECT_EQ(a.fields.at("maxOffset"), "5");
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(metric("stn_pull_woken_total"), 1);
}

TEST_F(PullHold, TheCallbackOfTheStoreNeitherAnswersNorReads) {
  const size_t i = send(waiting_pull("T", 0, 3));
  const int before = store.fetches;
  store.put(k_t, 0, {"c3"});
  EXPECT_EQ(store.fetches, before);
  EXPECT_FALSE(answered(i));
  EXPECT_EQ(host.exec().queued(), 1u);
  store.put(k_t, 0, {"d4"});
  EXPECT_EQ(host.exec().queued(), 1u) << "one task for all that comes before it runs";
  host.run_pending();
  EXPECT_EQ(requests.answer(i).body, "c3d4");
}

TEST_F(PullHold, ArrivalsThatNobodyWaitsForCostNoTask) {
  send(waiting_pull("T", 0, 3));
  store.put(k_t, 3, {"x"});
  EXPECT_EQ(host.exec().queued(), 0u);
}

TEST_F(PullHold, FirstMessageOfAQueueThatDidNotExist) {
  const size_t i = send(waiting_pull("T", 2, 0));
  const size_t k = send(waiting_pull("T", 1, 0));
  EXPECT_EQ(held(), 2);
  arrive(k_t, 2, {"n0"});
  EXPECT_EQ(requests.answer(i).body, "n0");
  EXPECT_FALSE(answered(k));
  arrive(k_t, 1, {"e0"});
  EXPECT_EQ(requests.answer(k).body, "e0");
}

TEST_F(PullHold, EveryWaitingGroupIsWoken) {
  std::vector<size_t> waiting;
  for (uint64_t conn = 1; conn <= 5; conn++) {
    auto q = waiting_pull("T", 0, 3);
    q.conn_id = conn;
    waiting.push_back(send(q));
  }
  arrive(k_t, 0, {"c3"});
  for (const size_t i : waiting) EXPECT_EQ(requests.answer(i).body, "c3");
}

TEST_F(PullHold, MoreThanOneCallCanAnswerAreWokenInTurns) {
  host.set_cfg("hold_max", 1000);
  std::vector<size_t> waiting;
  for (int i = 0; i < 300; i++) waiting.push_back(send(waiting_pull("T", 0, 3)));
  store.put(k_t, 0, {"c3"});
  EXPECT_EQ(host.exec().run_pending(host.exec().io(1)), 5u) << "64 answers a turn";
  for (const size_t i : waiting) EXPECT_EQ(requests.answer(i).body, "c3");
  EXPECT_EQ(held(), 0);
}

TEST_F(PullHold, TheDeadlineAnswersNotFound) {
  const size_t i = send(waiting_pull("T", 0, 3));
  advance_ms(14'999);
  EXPECT_FALSE(answered(i)) << "never early";
  advance_ms(202);
  const auto a = requests.answer(i);
  ASSERT_TRUE(a.given);
  EXPECT_EQ(a.code, 19);
  EXPECT_EQ(a.remark, "OFFSET_OVERFLOW_ONE");
  EXPECT_EQ(a.fields.at("nextBeginOffset"), "3");
  EXPECT_EQ(a.fields.at("suggestWhichBrokerId"), "0");
  EXPECT_EQ(held(), 0);
}

TEST_F(PullHold, TheLimitOfTheBrokerEndsLongerWaits) {
  const size_t i = send(waiting_pull("T", 0, 3, {{"suspendTimeoutMillis", "9999999999999"}}));
  advance_ms(24'999);
  EXPECT_FALSE(answered(i));
  advance_ms(202);
  EXPECT_EQ(requests.answer(i).code, 19);
}

TEST_F(PullHold, AWaitOfNothingStillIsOne) {
  for (const char *ms : {"0", "-1"}) {
    const size_t i = send(waiting_pull("T", 0, 3, {{"suspendTimeoutMillis", ms}}));
    EXPECT_FALSE(answered(i)) << "an answer at once would be asked again at once";
    advance_ms(201);
    EXPECT_EQ(requests.answer(i).code, 19);
  }
}

TEST_F(PullHold, WithoutTheFlagNothingWaits) { EXPECT_EQ(call(pull_request("T", 0, 3)).code, 19); }

TEST_F(PullHold, MessagesThatDoNotMatchLeaveItWaitingBehindThem) {
  groups.current.expression = "z";
  const size_t i = send(waiting_pull("T", 0, 3));
  arrive(k_t, 0, {"c3", "d4"});
  EXPECT_FALSE(answered(i));
  const int before = store.fetches;
  arrive(k_t, 0, {"e5", "z6", "f7"});
  EXPECT_EQ(store.fetches, before + 1);
  const auto a = requests.answer(i);
  EXPECT_EQ(a.body, "z6");
  EXPECT_EQ(a.fields.at("nextBeginOffset"), "8");
}

TEST_F(PullHold, MatchBehindALongScanIsFoundInOneWake) {
  groups.current.expression = "z";
  store.scan_max = 2;
  const size_t i = send(waiting_pull("T", 0, 3));
  arrive(k_t, 0, {"c", "c", "c", "c", "c", "z"});
  EXPECT_EQ(requests.answer(i).body, "z");
}

TEST_F(PullHold, AnEndlessScanIsLeftToTheConsumer) {
  groups.current.expression = "z";
  store.scan_max = 1;
  const size_t i = send(waiting_pull("T", 0, 3));
  arrive(k_t, 0, std::vector<std::string>(50, "c"));
  const auto a = requests.answer(i);
  ASSERT_TRUE(a.given);
  EXPECT_EQ(a.code, 20);
  EXPECT_EQ(a.fields.at("nextBeginOffset"), "11");
}

TEST_F(PullHold, AfterMessagesThatDidNotMatchTheDeadlineTellsTheNewOffset) {
  groups.current.expression = "z";
  const size_t i = send(waiting_pull("T", 0, 3));
  arrive(k_t, 0, {"c3", "d4"});
  advance_ms(15'300);
  const auto a = requests.answer(i);
  EXPECT_EQ(a.code, 19);
  EXPECT_EQ(a.fields.at("nextBeginOffset"), "5");
}

TEST_F(PullHold, AMessageBetweenFetchAndHoldIsNotMissed) {
  store.before_hold = [&] { store.put(k_t, 0, {"c3"}); };
  const auto a = call(waiting_pull("T", 0, 3));
  ASSERT_TRUE(a.given) << "seen by the second look, no task needed";
  EXPECT_EQ(a.body, "c3");
  EXPECT_EQ(host.exec().queued(), 0u);
  EXPECT_EQ(held(), 0);
}

TEST_F(PullHold, VisibleBetweenFetchAndHoldButToldLater) {
  store.before_hold = [&] { store.put(k_t, 0, {"c3"}, false); };
  EXPECT_EQ(call(waiting_pull("T", 0, 3)).body, "c3");
  store.notify();
  host.run_pending();
}

TEST_F(PullHold, ClosedBeforeTheWakeTaskRuns) {
  const size_t i = send(waiting_pull("T", 0, 3, {{"suspendTimeoutMillis", "100"}}));
  store.put(k_t, 0, {"c3"});
  close(1);
  EXPECT_EQ(requests.answer(i).rejected, STN_E_CLOSED);
  host.run_pending();
  advance_ms(500);
}

TEST_F(PullHold, ExpiryFindsWhatTheWakeTaskHasNotTakenYet) {
  const size_t i = send(waiting_pull("T", 0, 3, {{"suspendTimeoutMillis", "100"}}));
  store.queues[{k_t, 0}].messages.push_back("c3");  // visible, not yet told
  advance_ms(300);
  EXPECT_EQ(requests.answer(i).body, "c3");
}

TEST_F(PullHold, AClosedConnectionTakesItsPullsAlong) {
  auto other = waiting_pull("T", 0, 3);
  other.conn_id = 1 + 1024;  // the same place in the table of connections
  const size_t mine = send(waiting_pull("T", 0, 3));
  const size_t mine_too = send(waiting_pull("T", 1, 0));
  const size_t its = send(other);
  close(1);
  EXPECT_EQ(requests.answer(mine).rejected, STN_E_CLOSED);
  EXPECT_EQ(requests.answer(mine_too).rejected, STN_E_CLOSED);
  EXPECT_FALSE(answered(its));
  EXPECT_EQ(held(), 1);
  arrive(k_t, 0, {"c3"});
  EXPECT_EQ(requests.answer(its).body, "c3");
}

TEST_F(PullHold, ClosingAConnectionWithoutPullsChangesNothing) {
  const size_t i = send(waiting_pull("T", 0, 3));
  close(9);
  EXPECT_FALSE(answered(i));
}

TEST_F(PullHold, WithoutRoomTheAnswerComesAtOnce) {
  host.set_cfg("hold_max", 2);
  send(waiting_pull("T", 0, 3));
  send(waiting_pull("T", 1, 0));
  const auto a = call(waiting_pull("T", 0, 3));
  EXPECT_EQ(a.code, 19);
  EXPECT_EQ(a.fields.at("nextBeginOffset"), "3");
  EXPECT_EQ(metric("stn_pull_hold_refused_total"), 1);
  arrive(k_t, 0, {"c3"});
  EXPECT_EQ(held(), 1) << "there is room again";
  send(waiting_pull("T", 0, 4));
  EXPECT_EQ(held(), 2);
}

TEST_F(PullHold, DrainAnswersAllAndHoldsNoMore) {
  const size_t i = send(waiting_pull("T", 0, 3));
  const size_t k = send(waiting_pull("T", 1, 0));
  drain();
  EXPECT_EQ(requests.answer(i).code, 19);
  EXPECT_EQ(requests.answer(k).code, 19);
  EXPECT_EQ(requests.answer(k).remark, "NO_MESSAGE_IN_QUEUE");
  EXPECT_EQ(call(waiting_pull("T", 0, 3)).code, 19);
  EXPECT_EQ(held(), 0);
}

TEST_F(PullHold, AWokenReadThatTurnsColdGoesToTheBlockingPool) {
  const size_t i = send(waiting_pull("T", 0, 3));
  store.cold = true;
  arrive(k_t, 0, {"c3"});
  EXPECT_EQ(requests.answer(i).body, "c3");
  EXPECT_EQ(store.waited, 1);
}

TEST_F(PullHold, AWokenReadThatFails) {
  const size_t i = send(waiting_pull("T", 0, 3));
  store.failure = STN_E_IO;
  arrive(k_t, 0, {"c3"});
  EXPECT_EQ(requests.answer(i).code, 1);
}

TEST_F(PullHold, AHeldPullKeepsItsFilterWhenTheCacheLetsGo) {
  const size_t i = send(waiting_pull("T", 0, 3, {{"sysFlag", "6"}, {"subscription", "z"}}));
  for (char c = 'a'; c <= 'k'; c++) {
    call(pull_request("T", 0, 0, {{"sysFlag", "4"}, {"subscription", std::string(1, c)}}));
  }
  arrive(k_t, 0, {"c3", "z4"});
  EXPECT_EQ(requests.answer(i).body, "z4");
}

TEST_F(PullHold, TenThousandWaitCheaply) {
  host.set_cfg("hold_max", 20'000);
  constexpr int k_pulls = 10'000;
  for (int i = 0; i < k_pulls; i++) {
    auto q = waiting_pull("T", i % 2, i % 2 == 0 ? 3 : 0);
    q.conn_id = static_cast<uint64_t>(i) + 1;
    send(q);
  }
  const int before = store.fetches;
  advance_ms(14'000);
  EXPECT_EQ(store.fetches, before) << "nothing happens while they wait";
  EXPECT_EQ(held(), k_pulls);
  for (int i = 0; i < k_pulls; i += 2) close(static_cast<uint64_t>(i) + 1);
  EXPECT_EQ(held(), k_pulls / 2);
  advance_ms(1'300);
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(answers("not_found"), k_pulls / 2);
}

}  // namespace
}  // namespace stn::broker_pull::testing
