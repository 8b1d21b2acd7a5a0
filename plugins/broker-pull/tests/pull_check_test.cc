// Refusals of a pull, in the order of the original, each with its code and remark; filters and commits.
#include "fakes.h"

namespace stn::broker_pull::testing {
namespace {

const std::string k_faq = "\nSee http://rocketmq.apache.org/docs/faq/ for further details.";

class PullCheck : public pull_fixture {
 protected:
  void expect_refused(stn::testing::fake_request q, int32_t code, const std::string &remark) {
    const auto a = call(std::move(q));
    EXPECT_EQ(a.code, code);
    EXPECT_EQ(a.remark, remark);
    EXPECT_TRUE(a.fields.empty());
    EXPECT_EQ(store.fetches, 0);
    EXPECT_EQ(answers("failed"), 1);
    EXPECT_TRUE(offsets.committed.empty());
  }
};

TEST_F(PullCheck, MissingField) {
  auto q = pull_request("T", 0, 0);
  std::erase_if(q.fields, [](auto &f) { return f.first == "queueOffset"; });
  expect_refused(q, 1,
                 "the request header is not valid: field queueOffset: mandatory field is missing");
}

TEST_F(PullCheck, UnknownGroup) {
  expect_refused(pull_request("T", 0, 0, {{"consumerGroup", "x"}, {"sysFlag", "1"}}), 26,
                 "subscription group [x] does not exist, " + k_faq);
}

TEST_F(PullCheck, GroupThatMayNotConsume) {
  groups.groups["g"].flags = 0;
  expect_refused(pull_request("T", 0, 0, {{"sysFlag", "1"}}), 16,
                 "subscription group no permission, g");
}

TEST_F(PullCheck, UnknownTopic) {
  expect_refused(pull_request("X", 0, 0, {{"sysFlag", "1"}}), 17,
                 "topic[X] not exist, apply first please! " + k_faq);
}

TEST_F(PullCheck, TopicNotReadable) {
  topics.topics["T"].perm = STN_PERM_WRITE;
  expect_refused(pull_request("T", 0, 0, {{"sysFlag", "1"}}), 16,
                 "the topic[T] pulling message is forbidden");
}

TEST_F(PullCheck, QueueOutOfRange) {
  topics.topics["T"].write_queues = 8;
  expect_refused(pull_request("T", 4, 0, {{"sysFlag", "1"}}), 1,
                 "queueId[4] is illegal, topic:[T] topicConfig.readQueueNums:[4] "
                 "consumer:[/10.0.0.7:53112]");
}

TEST_F(PullCheck, NegativeQueue) { EXPECT_EQ(call(pull_request("T", -1, 0)).code, 1); }

TEST_F(PullCheck, ExpressionInTheHeaderThatDoesNotCompile) {
  expect_refused(pull_request("T", 0, 0, {{"sysFlag", "5"}, {"subscription", "!"}}), 23,
                 "parse the consumer's subscription failed");
}

TEST_F(PullCheck, ExpressionTypeThatNobodyServes) {
  expect_refused(
      pull_request("T", 0, 0,
                   {{"sysFlag", "5"}, {"subscription", "a > 1"}, {"expressionType", "SQL92"}}),
      1, "The broker does not support consumer to filter message by SQL92");
}

TEST_F(PullCheck, GroupWithoutMembers) {
  groups.current.flags = 0;
  expect_refused(pull_request("T", 0, 0, {{"sysFlag", "1"}}), 24,
                 "the consumer's group info not exist" + k_faq);
}

TEST_F(PullCheck, BroadcastingWhereItIsNotAllowed) {
  groups.current.flags |= STN_SUB_BROADCASTING;
  EXPECT_EQ(call(pull_request("T", 0, 0)).code, 0);
  store.fetches = 0;
  groups.groups["g"].flags = STN_GROUP_CONSUME;
  expect_refused(pull_request("T", 0, 0), 16,
                 "the consumer group[g] can not consume by broadcast way");
}

TEST_F(PullCheck, TopicNotSubscribed) {
  groups.current.flags = STN_SUB_ONLINE;
  expect_refused(pull_request("T", 0, 0), 24, "the consumer's subscription not exist" + k_faq);
}

TEST_F(PullCheck, SubscriptionOlderThanTheConsumers) {
  groups.current.version = 7;
  EXPECT_EQ(call(pull_request("T", 0, 0, {{"subVersion", "7"}})).code, 0);
  store.fetches = 0;
  expect_refused(pull_request("T", 0, 0, {{"subVersion", "8"}}), 25,
                 "the consumer's subscription not latest");
}

TEST_F(PullCheck, SubscribedTypeThatNobodyServes) {
  groups.current.type = "SQL92";
  expect_refused(pull_request("T", 0, 0), 1,
                 "The broker does not support consumer to filter message by SQL92");
}

TEST_F(PullCheck, SubscribedExpressionThatDoesNotCompile) {
  groups.current.expression = "!";
  expect_refused(pull_request("T", 0, 0), 27,
                 "The broker's consumer filter data is not exist!Your expression may be wrong!");
}

TEST_F(PullCheck, HeaderExpressionNeedsNoHeartbeat) {
  groups.current.flags = 0;
  const auto a = call(pull_request("T", 0, 0, {{"sysFlag", "4"}, {"subscription", "b"}}));
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(a.body, "b1");
}

TEST_F(PullCheck, NoExpressionOrAStarMatchesEverythingWithoutAFilter) {
  for (const fields &f : {fields{{"sysFlag", "4"}}, fields{{"sysFlag", "4"}, {"subscription", "*"}},
                          fields{{"sysFlag", "4"}, {"subscription", ""}, {"expressionType", ""}}}) {
    EXPECT_EQ(call(pull_request("T", 0, 0, f)).body, "a0b1a2");
  }
  EXPECT_EQ(tag_filter.compiled, 0);
}

TEST_F(PullCheck, ExpressionsAreCompiledOnceAndTheCacheIsBounded) {
  groups.current.expression = "a";
  for (int i = 0; i < 3; i++) EXPECT_EQ(call(pull_request("T", 0, 0)).body, "a0a2");
  EXPECT_EQ(tag_filter.compiled, 1);
  for (char c = 'b'; c <= 'z'; c++) {
    call(pull_request("T", 0, 0, {{"sysFlag", "4"}, {"subscription", std::string(1, c)}}));
    EXPECT_LE(fake_filter::alive, 4);
  }
}

TEST_F(PullCheck, EachTypeHasItsFilter) {
  fake_filter sql("SQL92");
  host.provide(STN_FILTER_ID, sql.iface());
  groups.current.type = "SQL92";
  groups.current.expression = "b > 1";
  EXPECT_EQ(call(pull_request("T", 0, 0)).body, "b1");
  EXPECT_EQ(sql.compiled, 1);
  EXPECT_EQ(tag_filter.compiled, 0);
}

TEST_F(PullCheck, TwoFiltersForOneTypeAreRefusedAtInit) {
  fake_filter second("TAG");
  host.provide(STN_FILTER_ID, second.iface());
  stn::testing::hosted_plugin other(host);
  EXPECT_EQ(other.init(), STN_E_EXISTS);
  EXPECT_EQ(other.error(), "two filters serve the expression type TAG");
}

TEST_F(PullCheck, CommitRidesAlongWhateverThePullFinds) {
  call(pull_request("T", 0, 0, {{"sysFlag", "1"}, {"commitOffset", "2"}}));
  EXPECT_EQ(offsets.committed.at("g@T@0"), 2);
  const size_t held = send(waiting_pull("T", 0, 3, {{"sysFlag", "3"}, {"commitOffset", "3"}}));
  EXPECT_FALSE(answered(held));
  EXPECT_EQ(offsets.committed.at("g@T@0"), 3);
  call(pull_request("T", 0, 0, {{"commitOffset", "1"}}));
  EXPECT_EQ(offsets.committed.at("g@T@0"), 3) << "not without the flag";
}

TEST_F(PullCheck, GroupAndTopicAreLookedUpOncePerRun) {
  up();
  for (int i = 0; i < 4; i++) requests.add(pull_request("T", i, 0));
  sent += 4;
  requests.handle(api.api, api.self);
  EXPECT_EQ(topics.lookups, 1);
  EXPECT_EQ(requests.answered(), 4u);
}

TEST_F(PullCheck, RoutesAreForTheScopeItselfOnly) {
  up();
  const stn_route *routes = nullptr;
  uint32_t n = 0;
  ASSERT_EQ(api->routes(api.self, &routes, &n), STN_OK);
  ASSERT_EQ(n, 2u);
  for (uint32_t i = 0; i < n; i++) {
    EXPECT_TRUE(routes[i].code == 11 || routes[i].code == 361);
    EXPECT_EQ(routes[i].flags, STN_ROUTE_EXACT);
    EXPECT_STREQ(routes[i].scope, "broker");
  }
}

}  // namespace
}  // namespace stn::broker_pull::testing
