// stn.groups/1: what other plugins are told.
#include "groups_fixture.h"
#include "stanchion/sdk/testing/allocations.h"

namespace stn::broker_groups {
namespace {

class Subscriptions : public groups_fixture {
 protected:
  stn_subscription find(const char *group, const char *topic) {
    stn_subscription s{};
    s.size = sizeof(s);
    groups_->subscription(groups_.self, str(group), str(topic), &s);
    return s;
  }
  std::string expression(const char *topic = "orders") {
    stn_subscription s = find("g", topic);
    if (s.owner == nullptr) return "none";
    std::string text(view(s.expr));
    s.owner->ops->release(s.owner, 1);
    return text;
  }
};

TEST_F(Subscriptions, AreThoseOfTheNewestHeartbeat) {
  up();
  EXPECT_EQ(find("g", "orders").flags, 0u);
  beat(1, "c", consumer_json("g", {{"orders", "A || B"}, {"bills", "*"}}, 5));
  stn_subscription s = find("g", "orders");
  EXPECT_EQ(s.flags, STN_SUB_ONLINE | STN_SUB_FOUND);
  EXPECT_EQ(view(s.expr), "A || B");
  EXPECT_EQ(view(s.type), "TAG");
  EXPECT_EQ(s.version, 5);
  s.owner->ops->release(s.owner, 1);
  EXPECT_EQ(find("g", "other").flags, STN_SUB_ONLINE);
  EXPECT_EQ(find("g", "other").owner, nullptr);
}

TEST_F(Subscriptions, ANewerVersionReplacesAnOlderOneDoesNot) {
  up();
  beat(1, "c", consumer_json("g", {{"orders", "A"}}, 5));
  beat(1, "c", consumer_json("g", {{"orders", "B"}}, 4));
  EXPECT_EQ(expression(), "A");
  told(1).clear();
  beat(1, "c", consumer_json("g", {{"orders", "B"}}, 6));
  EXPECT_EQ(expression(), "B");
  EXPECT_TRUE(told(1).empty()) << "the set of topics is the same";
}

TEST_F(Subscriptions, TopicsMissingFromAHeartbeatAreDropped) {
  up();
  beat(1, "c", consumer_json("g", {{"orders", "*"}, {"bills", "*"}}));
  told(1).clear();
  beat(1, "c", consumer_json("g", {{"bills", "*"}}));
  EXPECT_EQ(expression("orders"), "none");
  EXPECT_EQ(expression("bills"), "*");
  EXPECT_EQ(told(1), list{"g"});
}

TEST_F(Subscriptions, OneThatIsHeldOutlivesItsReplacement) {
  up();
  beat(1, "c", consumer_json("g", {{"orders", "A"}}, 1));
  stn_subscription held = find("g", "orders");
  beat(1, "c", consumer_json("g", {{"orders", "B"}}, 2));
  close(1);
  EXPECT_EQ(view(held.expr), "A");
  held.owner->ops->retain(held.owner, 2);
  held.owner->ops->release(held.owner, 3);
  EXPECT_EQ(find("g", "orders").flags, 0u);
}

TEST_F(Subscriptions, TellTheModelOfTheGroup) {
  up();
  beat(1, "c", consumer_json("g", {{"orders", "*"}}, 1, "BROADCASTING"));
  stn_subscription s = find("g", "orders");
  EXPECT_EQ(s.flags, STN_SUB_ONLINE | STN_SUB_FOUND | STN_SUB_BROADCASTING);
  s.owner->ops->release(s.owner, 1);
}

TEST_F(Subscriptions, AreFoundWithoutAnAllocation) {
  up();
  const std::string group(40, 'g'), topic(60, 't');
  beat(1, "c", consumer_json(group, {{topic, "*"}}));
  stn_group settings{};
  ASSERT_EQ(groups_->group(groups_.self, str(group), &settings, nullptr), STN_OK);
  const uint64_t before = stn::testing::allocations();
  for (int i = 0; i < 10'000; i++) {
    groups_->group(groups_.self, str(group), &settings, nullptr);
    stn_subscription s = find(group.c_str(), topic.c_str());
    s.owner->ops->release(s.owner, 1);
  }
  EXPECT_EQ(stn::testing::allocations(), before);
}

TEST_F(Subscriptions, AGroupIsMadeWithDefaultsOnFirstUse) {
  up();
  stn_group g{};
  ASSERT_EQ(groups_->group(groups_.self, str("fresh"), &g, nullptr), STN_OK);
  EXPECT_EQ(g.flags, STN_GROUP_CONSUME | STN_GROUP_BROADCAST);
  EXPECT_EQ(g.retry_queues, 1);
  EXPECT_EQ(g.retry_max, 16);
  EXPECT_EQ(g.slow_broker, 1);
  host_.run_pending();
  EXPECT_NE(file().find("\"fresh\""), std::string::npos);
}

TEST_F(Subscriptions, AGroupIsNotMadeWhereThatIsOffOrTheNameIsNotLegalOrTheTableFull) {
  up();
  stn_group g{};
  stn_error err{};
  const std::string too_long(256, 'x');
  for (const std::string &name :
       {std::string(), std::string("a b"), std::string("a@b"), too_long}) {
    EXPECT_EQ(groups_->group(groups_.self, str(name), &g, &err), STN_E_NOT_FOUND) << name;
  }
  plugin_.reset();
  host_.set_cfg("auto_create_groups", 0);
  up();
  EXPECT_EQ(groups_->group(groups_.self, str("fresh"), &g, &err), STN_E_NOT_FOUND);
  EXPECT_EQ(groups_->group(groups_.self, str("CID_RMQ_SYS_x"), &g, &err), STN_OK);
  EXPECT_EQ(groups_->group(groups_.self, str("TOOLS_CONSUMER"), &g, &err), STN_OK);
  plugin_.reset();
  host_.set_cfg("auto_create_groups", 1).set_cfg("max_groups", 1);
  up();
  EXPECT_EQ(groups_->group(groups_.self, str("fresh"), &g, &err), STN_E_NOT_FOUND);
}

}  // namespace
}  // namespace stn::broker_groups
