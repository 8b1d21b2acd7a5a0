// Refusals of a send, in the order of the original, each with its code and remark.
#include "fakes.h"

namespace stn::broker_send::testing {
namespace {

const std::string k_faq = "\nSee http://rocketmq.apache.org/docs/faq/ for further details.";

class SendCheck : public send_fixture {
 protected:
  void expect_refused(stn::testing::fake_request q, int32_t code, const std::string &remark) {
    const auto a = call(std::move(q));
    EXPECT_EQ(a.code, code);
    EXPECT_EQ(a.remark, remark);
    EXPECT_EQ(a.fields.size(), 2u) << "region and trace switch only";
    EXPECT_EQ(a.fields.at("MSG_REGION"), "DefaultRegion");
    EXPECT_EQ(a.fields.at("TRACE_ON"), "true");
    EXPECT_EQ(store.appends, 0);
  }
};

TEST_F(SendCheck, MissingField) {
  auto q = send_request("T", 0);
  std::erase_if(q.fields, [](auto &f) { return f.first == "queueId"; });
  expect_refused(q, 1,
                 "the request header is not valid: field queueId: mandatory field is missing");
  EXPECT_EQ(failures("1"), 1);
}

TEST_F(SendCheck, NumberThatIsNone) {
  expect_refused(send_request("T", 0, {{"queueId", "one"}}), 1,
                 "the request header is not valid: field queueId: not a number in range");
}

TEST_F(SendCheck, BlankTopic) {
  expect_refused(send_request(" ", 0), 1, "The specified topic is blank.");
}

TEST_F(SendCheck, IllegalCharacters) {
  expect_refused(
      send_request("T$", 0), 1,
      "The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
}

TEST_F(SendCheck, TopicNameOfTheGreatestLengthAndOneMore) {
  EXPECT_EQ(call(send_request(std::string(127, 'x'), 0)).code, 0);
  store.appends = 0;
  expect_refused(send_request(std::string(128, 'x'), 0), 1,
                 "The specified topic is longer than topic max length.");
}

TEST_F(SendCheck, ForbiddenTopic) {
  topics.add("SCHEDULE_TOPIC_XXXX", 18).flags |= STN_TOPIC_NO_SEND | STN_TOPIC_SYSTEM;
  expect_refused(send_request("SCHEDULE_TOPIC_XXXX", 0), 16,
                 "Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden.");
}

TEST_F(SendCheck, UnknownTopicWithoutTemplate) {
  expect_refused(send_request("TZZ", 0, {{"defaultTopic", "NOPE"}}), 17,
                 "topic[TZZ] not exist, apply first please!" + k_faq);
  EXPECT_EQ(failures("17"), 1);
}

TEST_F(SendCheck, UnknownTopicIsMadeFromTheTemplate) {
  EXPECT_EQ(call(send_request("NEW", 3)).code, 0);
  EXPECT_EQ(topics.topics.at("NEW").write_queues, 4);
  EXPECT_EQ(topics.topics.at("NEW").perm, 6);
}

TEST_F(SendCheck, AutoCreationOff) {
  topics.auto_create = false;
  expect_refused(send_request("NEW", 0), 17, "topic[NEW] not exist, apply first please!" + k_faq);
}

TEST_F(SendCheck, RetryTopicIsMadeWithoutTemplate) {
  topics.auto_create = false;
  groups.groups["g"] = {STN_GROUP_CONSUME, 1, 16, 1};
  EXPECT_EQ(call(send_request("%RETRY%g", 0)).code, 0);
  EXPECT_EQ(topics.topics.at("%RETRY%g").write_queues, 1);
  EXPECT_EQ(topics.topics.at("%RETRY%g").perm, 6);
}

TEST_F(SendCheck, QueueOutOfRange) {
  topics.topics["T"].write_queues = 2;
  EXPECT_EQ(call(send_request("T", 3)).code, 0) << "the greater of read and write queues counts";
  store.appends = 0;
  expect_refused(send_request("T", 99), 1,
                 "request queueId[99] is illegal, TopicConfig [topicName=T, readQueueNums=4, "
                 "writeQueueNums=2, "
                 "perm=RW-, topicFilterType=SINGLE_TAG, topicSysFlag=0, order=false] Producer: "
                 "10.0.0.7:53112");
}

TEST_F(SendCheck, PermissionOfTheTopicIsNotAsked) {
  topics.topics["T"].perm = STN_PERM_READ;
  EXPECT_EQ(call(send_request("T", 0)).code, 0);
}

TEST_F(SendCheck, UnknownGroupOfARetryTopic) {
  expect_refused(send_request("%RETRY%g", 0), 26, "subscription group not exist, g " + k_faq);
}

TEST_F(SendCheck, BodyOfTheGreatestSizeAndOneMore) {
  EXPECT_EQ(call(send_request("T", 0, {}, std::string(1 << 20, 'b'))).code, 0);
  store.appends = 0;
  expect_refused(
      send_request("T", 0, {}, std::string((1 << 20) + 1, 'b')), 13,
      "the message is illegal, maybe msg body or properties length not matched. msg body "
      "length limit 1048576B, msg properties length limit 32KB.");
  EXPECT_EQ(failures("13"), 1);
}

TEST_F(SendCheck, PropertiesTooLong) {
  const std::string cluster = std::string("\2CLUSTER\1") + "DefaultCluster";
  const std::string longest(32767 - cluster.size() - 2, 'v');
  EXPECT_EQ(call(send_request("T", 0, {{"properties", "k\1" + longest}})).code, 0);
  store.appends = 0;
  EXPECT_EQ(call(send_request("T", 0, {{"properties", "k\1x" + longest}})).code, 13);
  EXPECT_EQ(store.appends, 0);
}

TEST_F(SendCheck, EmptyBodyIsStored) { EXPECT_EQ(call(send_request("T", 0, {}, "")).code, 0); }

TEST_F(SendCheck, ClientBatchesMayNeitherDelayNorPrepare) {
  for (const char *properties : {"DELAY\1"
                                 "3",
                                 "TRAN_MSG\1true"}) {
    auto q = send_request("T", 0, {{"batch", "true"}, {"properties", properties}});
    EXPECT_EQ(call(q).code, 13) << properties;
  }
  EXPECT_EQ(call(send_request("T", 0, {{"batch", "true"}, {"sysFlag", "4"}})).code, 13);
  EXPECT_EQ(store.appends, 0);
}

TEST_F(SendCheck, DelayThatNobodyServes) {
  EXPECT_EQ(call(send_request("T", 0,
                              {{"properties",
                                "DELAY\1"
                                "0"}}))
                .code,
            0);
  store.appends = 0;
  expect_refused(send_request("T", 0,
                              {{"properties",
                                "DELAY\1"
                                "3"}}),
                 13, "delayed messages are not supported by this broker: no plugin serves them");
}

TEST_F(SendCheck, TransactionThatNobodyServes) {
  const std::string remark =
      "transaction messages are not supported by this broker: no plugin serves them";
  expect_refused(send_request("T", 0, {{"properties", "TRAN_MSG\1true"}}), 16, remark);
  expect_refused(send_request("T", 0, {{"sysFlag", "4"}}), 16, remark);
}

TEST_F(SendCheck, DrainingRefusesEverything) {
  up();
  ASSERT_EQ(plugin->drain(host.host().mono_ns() + 1), STN_OK);
  const auto a = call(send_request("T", 0));
  EXPECT_EQ(a.rejected, STN_E_CLOSED);
}

}  // namespace
}  // namespace stn::broker_send::testing
