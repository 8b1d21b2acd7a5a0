// JSON bodies: dialects, missing and odd values, files of an original store.
#include <gtest/gtest.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <string>

#include "stanchion/protocol/bodies/connections.h"
#include "stanchion/protocol/bodies/heartbeat.h"
#include "stanchion/protocol/bodies/offsets.h"
#include "stanchion/protocol/bodies/register_broker.h"
#include "stanchion/protocol/bodies/route.h"
#include "stanchion/protocol/bodies/stats.h"
#include "stanchion/protocol/bodies/subscription_group.h"

namespace stn::protocol {
namespace {

topic_route sample_route() {
  topic_route r;
  r.brokers.push_back({"DefaultCluster", "broker-a", {{0, "127.0.0.1:10911"}, {1, "127.0.0.1:1"}}});
  r.queues.push_back({"broker-a", 4, 4, 6, 0});
  return r;
}

TEST(route_body, both_dialects) {
  const topic_route r = sample_route();
  const std::string old = encode(r, json_dialect::bare_numeric_keys);
  EXPECT_EQ(old,
            R"({"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:1"},"brokerName":)"
            R"("broker-a","cluster":"DefaultCluster"}],"filterServerTable":{},"queueDatas":[)"
            R"({"brokerName":"broker-a","perm":6,"readQueueNums":4,"topicSysFlag":0,)"
            R"("writeQueueNums":4}]})");
  const std::string standard = encode(r, json_dialect::standard);
  EXPECT_TRUE(nlohmann::json::accept(standard));
  for (const std::string &text : {old, standard}) {
    topic_route back;
    ASSERT_TRUE(decode(text, &back).ok());
    EXPECT_EQ(back, r);
  }
}

TEST(route_body, order_conf_is_there_only_when_set) {
  topic_route r = sample_route();
  EXPECT_EQ(encode(r, json_dialect::standard).find("orderTopicConf"), std::string::npos);
  r.order_conf = "broker-a:4";
  for (const auto dialect : {json_dialect::standard, json_dialect::bare_numeric_keys}) {
    topic_route back;
    ASSERT_TRUE(decode(encode(r, dialect), &back).ok());
    EXPECT_EQ(back.order_conf, "broker-a:4");
  }
}

TEST(bodies, text_that_is_no_object_is_refused) {
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100000; ++i) deep += "[";
  for (const std::string &text :
       {std::string(), std::string("x"), std::string("[]"), std::string("{"), std::string("{]"),
        std::string("{\"a\":1"), std::string("{\"a"), std::string("{1"), std::string("{{}"), deep,
        std::string("\"\""), std::string("{\"a\":\"\\")}) {
    heartbeat_data h;
    EXPECT_EQ(decode(text, &h).code, errc::malformed) << text.substr(0, 20);
    topic_route r;
    EXPECT_EQ(decode(text, &r).code, errc::malformed);
    consumer_offset_table t;
    EXPECT_EQ(decode(text, &t).code, errc::malformed);
  }
}

TEST(bodies, values_of_an_unexpected_kind_are_left_out) {
  heartbeat_data h;
  ASSERT_TRUE(decode(R"({"clientID":5,"producerDataSet":{"a":1},"consumerDataSet":[1,"x",null,)"
                     R"({"groupName":null,"subscriptionDataSet":[[],{"codeSet":["a",1.5,7],)"
                     R"("tagsSet":[1,"t"],"subVersion":"12","expressionType":null}]}]})",
                     &h)
                  .ok());
  EXPECT_EQ(h.client_id, "5");
  EXPECT_TRUE(h.producer_groups.empty());
  ASSERT_EQ(h.consumers.size(), 4u);
  const consumer_data &c = h.consumers[3];
  ASSERT_EQ(c.subscriptions.size(), 2u);
  EXPECT_EQ(c.subscriptions[1].codes, std::vector<int32_t>{7});
  EXPECT_EQ(c.subscriptions[1].tags, std::vector<std::string>{"t"});
  EXPECT_EQ(c.subscriptions[1].version_ms, 12);
  EXPECT_EQ(c.subscriptions[1].expression_type, "TAG");
}

TEST(bodies, numbers_out_of_range_keep_the_default) {
  topic_config t;
  ASSERT_TRUE(
      decode(R"({"topicName":"T","perm":99999999999,"readQueueNums":1e300,"writeQueueNums":-5})",
             &t)
          .ok());
  EXPECT_EQ(t.perm, 6);
  EXPECT_EQ(t.read_queues, 16);
  EXPECT_EQ(t.write_queues, -5);
}

TEST(bodies, bytes_that_are_not_utf8_do_not_stop_a_reply) {
  consumer_id_list l;
  l.ids = {"a\xff", "b"};
  EXPECT_TRUE(nlohmann::json::accept(encode(l)));
}

TEST(heartbeat_body, enumerations_by_name) {
  heartbeat_data h;
  consumer_data c;
  c.group = "g";
  c.type = consume_type::passively;
  c.model = message_model::broadcasting;
  c.from = consume_from::timestamp;
  h.consumers.push_back(c);
  const std::string text = encode(h);
  EXPECT_NE(text.find("\"CONSUME_PASSIVELY\""), std::string::npos);
  EXPECT_NE(text.find("\"BROADCASTING\""), std::string::npos);
  EXPECT_NE(text.find("\"CONSUME_FROM_TIMESTAMP\""), std::string::npos);
  heartbeat_data back;
  ASSERT_TRUE(decode(text, &back).ok());
  EXPECT_EQ(back, h);
}

register_broker_body sample_registration() {
  register_broker_body b;
  b.topics.version = {1795261817676, 3, 0};
  b.topics.topics["A"] = {"A", 4, 8, 6, "SINGLE_TAG", 0, false};
  b.topics.topics["%RETRY%g"] = {"%RETRY%g", 1, 1, 6, "MULTI_TAG", 0, false};
  b.filter_servers = {"127.0.0.1:1"};
  return b;
}

TEST(register_broker, plain_and_compressed_carry_the_same) {
  const register_broker_body b = sample_registration();
  register_broker_body back;
  ASSERT_TRUE(decode(encode(b), &back).ok());
  EXPECT_EQ(back, b);
  back = {};
  ASSERT_TRUE(decode_compressed(encode_compressed(b), &back).ok());
  EXPECT_EQ(back, b);
}

TEST(register_broker, cut_and_changed_compressed_bodies_are_refused) {
  const std::string good = encode_compressed(sample_registration());
  register_broker_body back;
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(decode_compressed(good.substr(0, n), &back).ok()) << n;
  }
  EXPECT_FALSE(decode_compressed("not zlib", &back).ok());
}

TEST(register_broker, a_body_that_inflates_without_end_is_cut_off) {
  const std::string zeros(k_register_inflated_max + (1u << 20), '\0');
  uLongf size = compressBound(zeros.size());
  std::string small(size, '\0');
  ASSERT_EQ(compress(reinterpret_cast<Bytef *>(small.data()), &size,
                     reinterpret_cast<const Bytef *>(zeros.data()), zeros.size()),
            Z_OK);
  small.resize(size);
  register_broker_body back;
  EXPECT_EQ(decode_compressed(small, &back).code, errc::too_large);
}

TEST(register_broker, topic_lines_of_5x_have_attributes_behind_them) {
  topic_config t;
  ASSERT_TRUE(decode_line("T 4 8 6 SINGLE_TAG {\"a\":\"b\"}", &t).ok());
  EXPECT_EQ(t, (topic_config{"T", 4, 8, 6, "SINGLE_TAG", 0, false}));
  EXPECT_FALSE(decode_line("", &t).ok());
  EXPECT_FALSE(decode_line("T x 8 6 SINGLE_TAG", &t).ok());
}

// Files as an original broker writes them: tabs, bare numeric keys.
TEST(store_files, of_the_original_are_read) {
  consumer_offset_table offsets;
  ASSERT_TRUE(
      decode("{\n\t\"offsetTable\":{\n\t\t\"T@g\":{0:12,1:9\n\t\t},\n\t\t\"%RETRY%g@g\":{0:1\n"
             "\t\t}\n\t}\n}",
             &offsets)
          .ok());
  EXPECT_EQ(offsets.offsets["T@g"], (std::map<int32_t, int64_t>{{0, 12}, {1, 9}}));
  EXPECT_EQ(offsets.offsets["%RETRY%g@g"], (std::map<int32_t, int64_t>{{0, 1}}));
  delay_offset_table delays;
  ASSERT_TRUE(decode("{\n\t\"offsetTable\":{1:34,3:2\n\t}\n}", &delays).ok());
  EXPECT_EQ(delays.offsets, (std::map<int32_t, int64_t>{{1, 34}, {3, 2}}));
}

TEST(store_files, we_write_are_strict_and_read_back) {
  consumer_offset_table offsets;
  offsets.offsets[offset_key("T", "g")] = {{0, INT64_MAX}, {11, 0}};
  const std::string text = encode_file(offsets);
  EXPECT_TRUE(nlohmann::json::accept(text));
  consumer_offset_table back;
  ASSERT_TRUE(decode(text, &back).ok());
  EXPECT_EQ(back, offsets);

  subscription_group_table groups;
  groups.groups["g"].name = "g";
  groups.groups["g"].retry_times_max = 3;
  subscription_group_table groups_back;
  ASSERT_TRUE(decode(encode_file(groups), &groups_back).ok());
  EXPECT_EQ(groups_back, groups);

  const kv_config config = {{"ORDER_TOPIC_CONFIG", {{"T", "broker-a:4;broker-b:4"}}}};
  kv_config config_back;
  ASSERT_TRUE(decode(encode_file(config), &config_back).ok());
  EXPECT_EQ(config_back, config);
}

TEST(store_files, offset_keys_split_at_the_first_at) {
  std::string_view topic;
  std::string_view group;
  ASSERT_TRUE(split_offset_key("T@g", &topic, &group));
  EXPECT_EQ(topic, "T");
  EXPECT_EQ(group, "g");
  for (const char *bad : {"", "@", "T@", "@g", "Tg"}) {
    EXPECT_FALSE(split_offset_key(bad, &topic, &group)) << bad;
  }
}

TEST(stats_body, queues_as_keys_in_every_form) {
  const message_queue q{"T", "b", 2};
  for (
      const char *text :
      {R"({"offsetTable":{{"brokerName":"b","queueId":2,"topic":"T"}:{"minOffset":1,"maxOffset":9,)"
       R"("lastUpdateTimestamp":5}}})",
       R"({"offsetTable":{"{\"brokerName\":\"b\",\"queueId\":2,\"topic\":\"T\"}":{"minOffset":1,)"
       R"("maxOffset":9,"lastUpdateTimestamp":5}}})"}) {
    topic_stats_table t;
    ASSERT_TRUE(decode(text, &t).ok());
    ASSERT_EQ(t.count(q), 1u);
    EXPECT_EQ(t[q], (topic_offset{1, 9, 5}));
    EXPECT_TRUE(nlohmann::json::accept(encode(t)));
  }
  consume_stats s;
  s.queues[q] = {9, 4, 77};
  s.consume_tps = 1.5;
  consume_stats back;
  ASSERT_TRUE(decode(encode(s), &back).ok());
  EXPECT_EQ(back, s);
}

TEST(connection_body, round_trip) {
  consumer_connection c;
  c.connections.push_back({"id", "10.0.0.7:53112", language::java, 409});
  c.subscriptions["T"].topic = "T";
  c.subscriptions["T"].expression = "*";
  c.type = consume_type::passively;
  c.from = consume_from::first_offset;
  consumer_connection back;
  ASSERT_TRUE(decode(encode(c), &back).ok());
  EXPECT_EQ(back, c);
  producer_connection p{c.connections};
  producer_connection p_back;
  ASSERT_TRUE(decode(encode(p), &p_back).ok());
  EXPECT_EQ(p_back, p);
}

}  // namespace
}  // namespace stn::protocol
