// What clients ask on their own: heartbeats, leaving, member lists, locks, checks.
#include "groups_fixture.h"

namespace stn::broker_groups {
namespace {

using Clients = groups_fixture;

TEST_F(Clients, HeartbeatIsAnsweredWithoutFields) {
  up();
  const auto a = beat(1, "c1", consumer_json("g", {{"orders", "*"}}), "{\"groupName\":\"p\"}");
  EXPECT_EQ(a.code, 0);
  EXPECT_TRUE(a.fields.empty());
  EXPECT_TRUE(a.body.empty());
}

TEST_F(Clients, HeartbeatMakesTheRetryTopicOfTheGroup) {
  up();
  join(1, "c1");
  EXPECT_EQ(topics_.ensured["%RETRY%g"], (std::pair<int32_t, int32_t>{1, 6}));
}

TEST_F(Clients, ConsumerListNamesEveryMember) {
  up();
  EXPECT_EQ(ids(), "code 1");
  EXPECT_EQ(call(38, {{"consumerGroup", "g"}}).remark, "no consumer for this group, g");
  join(1, "c1");
  join(2, "c2");
  join(3, "c3", "other");
  EXPECT_EQ(ids(), "{\"consumerIdList\":[\"c1\",\"c2\"]}");
}

TEST_F(Clients, EveryMemberIsToldWhenOneJoins) {
  up();
  join(1, "c1");
  EXPECT_EQ(told(1), list{"g"}) << "the one that joins is told as well";
  join(2, "c2");
  EXPECT_EQ(told(1), (list{"g", "g"}));
  EXPECT_EQ(told(2), list{"g"});
  join(1, "c1");
  EXPECT_EQ(told(1), (list{"g", "g"})) << "nothing has changed";
  EXPECT_EQ(host_.metrics().value("stn_groups_notifications_total"), 3);
}

TEST_F(Clients, TheOthersAreToldWhenOneLeaves) {
  up();
  join(1, "c1");
  join(2, "c2");
  told(1).clear();
  EXPECT_EQ(call(35, {{"clientID", "c2"}, {"consumerGroup", "g"}}, "", 2).code, 0);
  EXPECT_EQ(told(1), list{"g"});
  EXPECT_EQ(ids(), "{\"consumerIdList\":[\"c1\"]}");
  EXPECT_EQ(transport_.at(2).shares, 0);
}

TEST_F(Clients, TheOthersAreToldAtOnceWhenAConnectionCloses) {
  up();
  join(1, "c1");
  join(2, "c2");
  told(1).clear();
  close(2);
  EXPECT_EQ(told(1), list{"g"});
  EXPECT_EQ(ids(), "{\"consumerIdList\":[\"c1\"]}");
  close(1);
  EXPECT_EQ(ids(), "code 1");
}

TEST_F(Clients, AClientWithoutHeartbeatIsRemovedAndItsConnectionClosed) {
  up();
  join(1, "c1");
  host_.advance(60 * k_second);
  join(2, "c2");
  told(2).clear();
  host_.advance(60 * k_second);
  EXPECT_EQ(ids(), "{\"consumerIdList\":[\"c1\",\"c2\"]}");
  host_.advance(10 * k_second);
  EXPECT_EQ(ids(), "{\"consumerIdList\":[\"c2\"]}");
  EXPECT_TRUE(transport_.at(1).closed);
  EXPECT_FALSE(transport_.at(2).closed);
  EXPECT_EQ(told(2), list{"g"});
}

TEST_F(Clients, NobodyIsToldWhereThatIsSwitchedOff) {
  up();
  ASSERT_EQ(call(200, {}, "{\"groupName\":\"g\",\"notifyConsumerIdsChangedEnable\":false}").code,
            0);
  join(1, "c1");
  EXPECT_TRUE(told(1).empty());
  join(1, "c1", "h");
  EXPECT_EQ(told(1), list{"h"});
}

TEST_F(Clients, NobodyIsToldWhenTheBrokerIsSetSo) {
  host_.set_cfg("notify_changes", 0);
  up();
  join(1, "c1");
  EXPECT_TRUE(told(1).empty());
}

TEST_F(Clients, ABodyThatDoesNotParseIsCodeOneAndChangesNothing) {
  up();
  for (const char *body : {"", "{", "null garbage", "[1,2]"}) {
    const auto a = call(34, {}, body);
    EXPECT_EQ(a.code, 1) << body;
    EXPECT_TRUE(a.has_remark);
    EXPECT_EQ(call(41, {}, body).code, 1);
    EXPECT_EQ(call(46, {}, body).code, 1);
    EXPECT_EQ(call(200, {}, body).code, 1);
  }
  EXPECT_EQ(ids(), "code 1");
}

TEST_F(Clients, LocksGoToOneClientOfTheGroup) {
  up();
  const auto request = [](const std::string &client) {
    return "{\"clientId\":\"" + client +
           "\",\"consumerGroup\":\"g\",\"mqSet\":[{\"brokerName\":\"b\",\"queueId\":0,"
           "\"topic\":\"orders\"}]}";
  };
  const std::string held =
      "{\"lockOKMQSet\":[{\"brokerName\":\"b\",\"queueId\":0,\"topic\":\"orders\"}]}";
  EXPECT_EQ(call(41, {}, request("c1")).body, held);
  EXPECT_EQ(call(41, {}, request("c2")).body, "{\"lockOKMQSet\":[]}");
  EXPECT_EQ(call(42, {}, request("c1")).code, 0);
  EXPECT_EQ(call(41, {}, request("c2")).body, held);
  host_.advance(61 * k_second);
  EXPECT_EQ(call(41, {}, request("c1")).body, held) << "not renewed for its lifetime";
}

TEST_F(Clients, ChecksOfSubscriptionsAskTheFilter) {
  up();
  const auto check = [&](const std::string &type, const std::string &expression) {
    return call(46, {},
                "{\"clientId\":\"c\",\"group\":\"g\",\"subscriptionData\":{\"expressionType\":\"" +
                    type + "\",\"subString\":\"" + expression + "\",\"topic\":\"t\"}}");
  };
  EXPECT_EQ(check("TAG", "A || B").code, 0);
  EXPECT_EQ(check("SQL92", "a > 1").code, 0);
  EXPECT_EQ(filter_.alive, 0);
  EXPECT_EQ(check("SQL92", "bad").code, 23);
  EXPECT_EQ(check("SQL92", "bad").remark, "bad at 1");
  const auto unknown = check("XPATH", "/a");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.remark, "The broker does not support consumer to filter message by XPATH");
}

}  // namespace
}  // namespace stn::broker_groups
