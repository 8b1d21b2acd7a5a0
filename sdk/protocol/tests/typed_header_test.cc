#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "stanchion/protocol/headers/admin.h"
#include "stanchion/protocol/headers/client.h"
#include "stanchion/protocol/headers/namesrv.h"
#include "stanchion/protocol/headers/offset.h"
#include "stanchion/protocol/headers/pull.h"
#include "stanchion/protocol/headers/send.h"

namespace stn::protocol {
namespace {

std::vector<field> pull_fields() {
  return {make_field("consumerGroup", "g"), make_field("topic", "t"),
          make_field("queueId", "3"),       make_field("queueOffset", "9223372036854775807"),
          make_field("maxMsgNums", "32"),   make_field("sysFlag", "6"),
          make_field("commitOffset", "-1"), make_field("suspendTimeoutMillis", "15000"),
          make_field("subVersion", "1"),    make_field("bname", "unknown fields are ignored")};
}

TEST(typed_header, reads_fields_in_any_order) {
  std::vector<field> fields = pull_fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    pull_header h;
    ASSERT_TRUE(decode(fields, &h).ok());
    EXPECT_EQ(h.consumer_group, "g");
    EXPECT_EQ(h.queue_id, 3);
    EXPECT_EQ(h.queue_offset, INT64_MAX);
    EXPECT_EQ(h.commit_offset, -1);
    EXPECT_EQ(h.suspend_ms, 15000);
    EXPECT_EQ(h.subscription.data(), nullptr);
    EXPECT_EQ(h.max_msg_bytes, -1);
    std::rotate(fields.begin(), fields.begin() + 1, fields.end());
  }
}

TEST(typed_header, names_the_field_that_is_missing) {
  const std::vector<field> all = pull_fields();
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    std::vector<field> fields = all;
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
    pull_header h;
    const outcome o = decode(fields, &h);
    EXPECT_EQ(o.code, errc::missing_field);
    EXPECT_EQ(o.name, all[i].name());
  }
}

TEST(typed_header, a_refusal_names_the_field_and_what_is_wrong_with_it) {
  std::vector<field> fields = pull_fields();
  pull_header h;
  fields[2] = make_field("queueId", "x");
  EXPECT_EQ(refusal_of_field(decode(fields, &h)),
            "the custom field <queueId> is not a number in range");
  fields.erase(fields.begin() + 2);
  EXPECT_EQ(refusal_of_field(decode(fields, &h)), "the custom field <queueId> is null");
}

TEST(typed_header, names_the_field_that_is_no_number) {
  for (const char *bad :
       {"", "x", "1x", " 1", "2147483648", "-2147483649", "1.0", "+-1", "-", "+"}) {
    std::vector<field> fields = pull_fields();
    fields[2] = make_field("queueId", bad);
    pull_header h;
    const outcome o = decode(fields, &h);
    EXPECT_EQ(o.code, errc::bad_number) << bad;
    EXPECT_EQ(o.name, "queueId");
  }
  for (const auto &[text, value] : {std::pair{"-2147483648", INT32_MIN},
                                    {"2147483647", INT32_MAX},
                                    {"+5", 5},
                                    {"-0", 0},
                                    {"007", 7}}) {
    std::vector<field> fields = pull_fields();
    fields[2] = make_field("queueId", text);
    pull_header h;
    EXPECT_TRUE(decode(fields, &h).ok()) << text;
    EXPECT_EQ(h.queue_id, value);
  }
}

TEST(typed_header, limits_of_long_numbers) {
  for (const auto &[text, ok] : {std::pair{"9223372036854775807", true},
                                 {"-9223372036854775808", true},
                                 {"9223372036854775808", false},
                                 {"-9223372036854775809", false},
                                 {"18446744073709551616", false},
                                 {"99999999999999999999", false}}) {
    view_message_header h;
    const field f = make_field("offset", text);
    EXPECT_EQ(decode({&f, 1}, &h).ok(), ok) << text;
  }
}

TEST(typed_header, the_last_of_equal_names_wins) {
  std::vector<field> fields = pull_fields();
  fields.push_back(make_field("topic", "second"));
  pull_header h;
  ASSERT_TRUE(decode(fields, &h).ok());
  EXPECT_EQ(h.topic, "second");
}

TEST(typed_header, both_spellings_of_a_send_give_the_same) {
  send_header in;
  in.producer_group = "pg";
  in.topic = "T";
  in.default_topic = "TBW102";
  in.default_topic_queues = 4;
  in.queue_id = -1;
  in.sys_flag = 8;
  in.born_ms = 1795261822250;
  in.flag = 5;
  in.properties = "KEYS\1k\2";
  in.reconsume_times = 2;
  in.unit_mode = true;
  in.batch = true;
  in.max_reconsume_times = 16;
  for (const bool v2 : {false, true}) {
    std::array<field, 16> fields;
    std::array<char, 256> text;
    scratch mem{text.data(), text.size(), 0};
    field_writer w(fields.data(), fields.size(), &mem);
    v2 ? append_to_v2(in, &w) : append_to(in, &w);
    ASSERT_TRUE(w.ok());
    send_header out;
    ASSERT_TRUE((v2 ? decode_v2(w.fields(), &out) : decode(w.fields(), &out)).ok());
    EXPECT_EQ(out.producer_group, "pg");
    EXPECT_EQ(out.topic, "T");
    EXPECT_EQ(out.default_topic, "TBW102");
    EXPECT_EQ(out.default_topic_queues, 4);
    EXPECT_EQ(out.queue_id, -1);
    EXPECT_EQ(out.sys_flag, 8);
    EXPECT_EQ(out.born_ms, 1795261822250);
    EXPECT_EQ(out.flag, 5);
    EXPECT_EQ(out.properties, "KEYS\1k\2");
    EXPECT_EQ(out.reconsume_times, 2);
    EXPECT_TRUE(out.unit_mode);
    EXPECT_TRUE(out.batch);
    EXPECT_EQ(out.max_reconsume_times, 16);
  }
}

TEST(typed_header, booleans_are_read_as_java_does) {
  for (const auto &[text, value] : {std::pair{"true", true},
                                    {"TRUE", true},
                                    {"True", true},
                                    {"false", false},
                                    {"1", false},
                                    {"yes", false},
                                    {"", false}}) {
    const std::array<field, 2> fields = {make_field("topic", "T"),
                                         make_field("acceptStandardJsonOnly", text)};
    route_header h;
    ASSERT_TRUE(decode(fields, &h).ok());
    EXPECT_EQ(h.standard_json_only, value) << text;
  }
}

TEST(typed_header, deleting_a_group_reads_both_spellings) {
  for (const char *name : {"removeOffset", "cleanOffset"}) {
    const std::array<field, 2> fields = {make_field("groupName", "g"), make_field(name, "true")};
    delete_group_header h;
    ASSERT_TRUE(decode(fields, &h).ok());
    EXPECT_TRUE(h.clean_offset);
  }
}

TEST(typed_header, kv_requests_need_what_they_use) {
  const std::array<field, 2> fields = {make_field("namespace", "n"), make_field("key", "k")};
  kv_header h;
  EXPECT_TRUE(decode_kv_namespace(fields, &h).ok());
  EXPECT_TRUE(decode_kv_key(fields, &h).ok());
  EXPECT_EQ(decode_put_kv(fields, &h).name, "value");
}

TEST(typed_header, a_full_writer_stays_inside) {
  std::array<field, 2> fields;
  std::array<char, 24> text;
  scratch mem{text.data(), text.size(), 0};
  field_writer w(fields.data(), 2, &mem);
  append_to(pull_reply_header{1, 2, 3, 4}, &w);
  EXPECT_FALSE(w.ok());
  EXPECT_LE(w.size(), 2u);
  EXPECT_LE(mem.used, mem.capacity);
}

TEST(typed_header, pairs_of_the_abi_are_fields) {
  struct slice {
    const char *data;
    size_t len;
  };
  struct pair {
    slice key;
    slice value;
  };
  const std::array<pair, 2> pairs = {pair{{"topic", 5}, {"T", 1}}, pair{{"queueId", 7}, {"4", 1}}};
  queue_header h;
  ASSERT_TRUE(decode(fields_from(pairs.data(), pairs.size()), &h).ok());
  EXPECT_EQ(h.topic, "T");
  EXPECT_EQ(h.queue_id, 4);
}

}  // namespace
}  // namespace stn::protocol
