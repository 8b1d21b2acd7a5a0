// What reaches the store, and how its completions become answers.
#include "fakes.h"

namespace stn::broker_send::testing {
namespace {

class SendStore : public send_fixture {};

TEST_F(SendStore, RecordHoldsWhatTheRequestSays) {
  const auto a = call(send_request("T", 2, {{"reconsumeTimes", "1"}, {"properties", "KEYS\1k"}}));
  ASSERT_EQ(store.records.size(), 1u);
  const appended &r = store.records[0];
  EXPECT_EQ(r.record.topic, topics.id("T"));
  EXPECT_EQ(r.record.queue, 2);
  EXPECT_EQ(r.record.flag, 7);
  EXPECT_EQ(r.record.born_ms, 1700000000000);
  EXPECT_EQ(r.record.reconsume, 1);
  EXPECT_EQ(r.record.sysflag, 0);
  EXPECT_EQ(r.record.flags, 0u);
  EXPECT_EQ(r.record.prepared_phys, 0);
  EXPECT_EQ(r.body, "hello");
  EXPECT_EQ(r.born_host, std::string("\x0a\x00\x00\x07\x00\x00\xcf\x78", 8));
  EXPECT_EQ(a.code, 0);
  EXPECT_FALSE(a.has_remark);
}

TEST_F(SendStore, AnswerIsThatOfTheOriginal) {
  // protocol.md, captured from 4.9.7: host 127.0.0.1:47911, position 0.
  const auto a = call(send_request("T", 0));
  const std::map<std::string, std::string> expected = {
      {"queueId", "0"},
      {"TRACE_ON", "true"},
      {"MSG_REGION", "DefaultRegion"},
      {"msgId", "7F0000010000BB270000000000000000"},
      {"queueOffset", "0"}};
  EXPECT_EQ(a.fields, expected);
  EXPECT_EQ(call(send_request("T", 0)).fields.at("queueOffset"), "1");
  EXPECT_EQ(host.metrics().value("stn_send_messages_total"), 2);
}

TEST_F(SendStore, ShortNamesOfCode310) {
  stn::testing::fake_request q;
  q.code = 310;
  q.fields = {{"a", "pg"}, {"b", "T"}, {"c", "TBW102"}, {"d", "4"},
              {"e", "3"},  {"f", "0"}, {"g", "5"},      {"h", "0"}};
  const auto a = call(q);
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(a.fields.at("queueId"), "3");
}

TEST_F(SendStore, NegativeQueueSpreadsOverAllWriteQueues) {
  topics.topics["T"].read_queues = 16;
  std::map<int32_t, int> used;
  for (int i = 0; i < 1000; i++) {
    const auto a = call(send_request("T", -1));
    used[store.records.back().record.queue]++;
    EXPECT_EQ(a.fields.at("queueId"), std::to_string(store.records.back().record.queue));
  }
  ASSERT_EQ(used.size(), 4u);
  EXPECT_EQ(used.begin()->first, 0);
  EXPECT_EQ(used.rbegin()->first, 3);
  for (auto [queue, n] : used) EXPECT_GT(n, 150) << queue;
}

TEST_F(SendStore, WaitIsTakenOutAndClusterAdded) {
  struct row {
    std::string sent;
    std::string stored;
    bool no_wait;
  };
  const std::string cluster = "CLUSTER\1DefaultCluster";
  const row rows[] = {
      {"", cluster, false},
      {"KEYS\1k", "KEYS\1k\2" + cluster, false},
      {"KEYS\1k\2", "KEYS\1k\2" + cluster, false},
      {"WAIT\1true", cluster, false},
      {"WAIT\1TRUE\2KEYS\1k", "KEYS\1k\2" + cluster, false},
      {"KEYS\1k\2WAIT\1false\2TAGS\1t\2", "KEYS\1k\2TAGS\1t\2" + cluster, true},
      {"KEYS\1k\2WAIT\1no", "KEYS\1k\2" + cluster, true},
      {"XWAIT\1false\2", "XWAIT\1false\2" + cluster, false},
  };
  for (const row &r : rows) {
    EXPECT_EQ(call(send_request("T", 0, {{"properties", r.sent}})).code, 0);
    EXPECT_EQ(store.records.back().properties, r.stored);
    EXPECT_EQ((store.records.back().record.flags & STN_APPEND_NO_WAIT) != 0, r.no_wait) << r.sent;
  }
}

TEST_F(SendStore, HostsOfTwentyBytesSetTheirFlags) {
  auto q = send_request("T", 0, {{"sysFlag", "33"}});
  q.born_host = std::string(20, '\x20');
  EXPECT_EQ(call(q).code, 0);
  EXPECT_EQ(store.records[0].record.sysflag, 1 | 0x10) << "compressed stays, the hosts decide";
}

TEST_F(SendStore, OneBatchIsOneLookupAndOneAppend) {
  topics.add("U", 1);
  up();
  for (int i = 0; i < 3; i++) requests.add(send_request("T", i));
  requests.add(send_request("U", 0));
  requests.add(send_request("NOPE", 0, {{"defaultTopic", "NOPE"}}));
  for (int i = 0; i < 2; i++) requests.add(send_request("T", 3));
  handle();
  EXPECT_EQ(topics.lookups, 1);
  EXPECT_EQ(topics.looked_up, 4) << "runs of equal topics: T U NOPE T";
  EXPECT_EQ(store.appends, 1);
  EXPECT_EQ(store.records.size(), 6u);
  EXPECT_EQ(requests.answered(), 7u);
  EXPECT_EQ(requests.answer(4).code, 17);
  EXPECT_EQ(requests.answer(6).fields.at("queueOffset"), "1");
  EXPECT_EQ(host.metrics().value("stn_send_messages_total"), 6);
}

TEST_F(SendStore, AFullBatchOfTopicsOfTheirOwn) {
  up();
  for (uint32_t i = 0; i < STN_BATCH_MAX; i++)
    requests.add(send_request("N" + std::to_string(i), 0));
  handle();
  EXPECT_EQ(store.appends, 1);
  EXPECT_EQ(requests.answered(), STN_BATCH_MAX);
  EXPECT_EQ(requests.answer(255).code, 0);
}

TEST_F(SendStore, ClientBatchAnswersWithAllIdsAndTheFirstOffset) {
  store.batch_size = 3;
  call(send_request("T", 1));
  for (const bool split : {false, true}) {
    store.hold = true;
    auto q = send_request("T", 1, {{"batch", "true"}});
    q.code = 10;
    const size_t i = requests.add(q);
    handle();
    EXPECT_FALSE(requests.answer(i).given);
    split ? store.complete_one_by_one() : store.complete_all();
    const auto a = requests.answer(i);
    EXPECT_EQ(a.code, 0);
    EXPECT_EQ(a.fields.at("queueId"), "1");
    EXPECT_EQ(a.fields.at("queueOffset"), split ? "4" : "1");
    EXPECT_EQ(a.fields.at("msgId"),
              split ? "7F0000010000BB270000000000000190,7F0000010000BB2700000000000001F4,"
                      "7F0000010000BB270000000000000258"
                    : "7F0000010000BB270000000000000064,7F0000010000BB2700000000000000C8,"
                      "7F0000010000BB27000000000000012C");
    EXPECT_EQ(store.records.back().record.flags, STN_APPEND_BATCH);
  }
  EXPECT_EQ(host.metrics().value("stn_send_messages_total"), 7);
}

TEST_F(SendStore, ClientBatchThatTheStoreRefuses) {
  store.outcome = STN_E_INVALID;
  EXPECT_EQ(call(send_request("T", 1, {{"batch", "true"}})).code, 13);
}

TEST_F(SendStore, StatusOfTheCompletionDecides) {
  struct row {
    stn_status status;
    int32_t code;
    std::string remark;
  };
  const std::string unavailable = "service not available now. ";
  const row rows[] = {
      {STN_E_TIMEOUT, 10, ""},
      {STN_E_INVALID, 13,
       "the message is illegal, maybe msg body or properties length not matched. msg body length "
       "limit 1048576B, msg properties length limit 32KB."},
      {STN_E_IO, 14,
       unavailable + "The store is read-only since its device failed; whether the message was "
                     "stored is not known."},
      {STN_E_NO_SPACE, 14, unavailable + "The broker's disk is full."},
      {STN_E_CLOSED, 14, unavailable + "The message store has been shut down."},
      {STN_E_INTERNAL, 1, "the message was not stored, status 1"},
  };
  for (const row &r : rows) {
    store.outcome = r.status;
    const auto a = call(send_request("T", 0));
    EXPECT_EQ(a.code, r.code);
    EXPECT_EQ(a.remark, r.remark);
    EXPECT_EQ(a.fields.count("msgId"), r.status == STN_E_TIMEOUT ? 1u : 0u);
    EXPECT_EQ(a.fields.at("MSG_REGION"), "DefaultRegion");
  }
  EXPECT_EQ(failures("10"), 1);
  EXPECT_EQ(failures("14"), 3);
}

TEST_F(SendStore, AnAppendThatIsNotAcceptedRefusesItsWholeBatch) {
  struct row {
    stn_status status;
    int32_t code;
  };
  for (const row r : {row{STN_E_BUSY, 2}, row{STN_E_NO_SPACE, 14}, row{STN_E_CLOSED, 14}}) {
    store.accept = r.status;
    const size_t first = requests.add(send_request("T", 0));
    requests.add(send_request("T", 1));
    handle();
    EXPECT_EQ(requests.answer(first).code, r.code);
    EXPECT_EQ(requests.answer(first + 1).code, r.code);
  }
  EXPECT_EQ(requests.answer(0).remark,
            "[REJECTREQUEST]system busy, start flow control for a while");
  EXPECT_EQ(plugin->drain(host.host().mono_ns()), STN_OK) << "nothing is waited for";
}

TEST_F(SendStore, DrainWaitsForTheStore) {
  up();
  store.hold = true;
  requests.add(send_request("T", 0));
  handle();
  EXPECT_EQ(plugin->drain(host.host().mono_ns()), STN_E_TIMEOUT);
  store.complete_all();
  EXPECT_EQ(plugin->drain(host.host().mono_ns()), STN_OK);
  EXPECT_EQ(requests.answer(0).code, 0);
}

TEST_F(SendStore, OnewayRequestsAreAnsweredTooSoThatTheyAreFreed) {
  auto q = send_request("T", 0);
  q.flags = STN_REQ_ONEWAY;
  EXPECT_TRUE(call(q).given);
}

TEST_F(SendStore, RoutesCoverSubScopesAndOnlySendBackMayWait) {
  up();
  const stn_route *routes = nullptr;
  uint32_t n = 0;
  ASSERT_EQ(api->routes(api.self, &routes, &n), STN_OK);
  std::map<int32_t, uint32_t> flags;
  for (uint32_t i = 0; i < n; i++) {
    flags[routes[i].code] = routes[i].flags;
    EXPECT_STREQ(routes[i].scope, "broker");
  }
  const std::map<int32_t, uint32_t> expected = {
      {10, 0}, {310, 0}, {320, 0}, {36, STN_ROUTE_BLOCKING}};
  EXPECT_EQ(flags, expected);
}

}  // namespace
}  // namespace stn::broker_send::testing
