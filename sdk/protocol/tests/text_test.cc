// Java strings, properties, message ids and tag expressions.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "stanchion/protocol/java_string.h"
#include "stanchion/protocol/message_id.h"
#include "stanchion/protocol/properties.h"
#include "stanchion/protocol/tag_expression.h"

namespace stn::protocol {
namespace {

// Expected values were printed by jshell (openjdk 17): "TagA".hashCode() and so on.
TEST(java_string, hashes_as_java_does) {
  EXPECT_EQ(java_hash(""), 0);
  EXPECT_EQ(java_hash("TagA"), 2598919);
  EXPECT_EQ(java_hash("hello world"), 1794106052);
  EXPECT_EQ(java_hash("\xe4\xb8\xad\xe6\x96\x87\xe6\xa0\x87\xe7\xad\xbe"), 622041809);
  EXPECT_EQ(java_hash("\xf0\x9f\x98\x80"
                      "x"),
            54959989);
  EXPECT_EQ(java_hash("polygenelubricants"), INT32_MIN);
  EXPECT_EQ(tag_hash("polygenelubricants"), int64_t{INT32_MIN});
  EXPECT_EQ(tag_hash(""), 0);
}

TEST(java_string, bytes_that_are_not_utf8_do_not_read_outside) {
  for (const char *bad :
       {"\xff", "\xe4\xb8", "\xf0\x9f\x98", "\xc0\x80", "\xed\xa0\x80", "a\x80z"}) {
    EXPECT_NE(java_hash(bad), 0);
  }
  EXPECT_EQ(java_hash("\xff"), 0xfffd);
  EXPECT_EQ(java_length("a\xe4\xb8\xad\xf0\x9f\x98\x80"), 4u);
}

TEST(properties, entries_that_do_not_count_are_skipped) {
  const std::string text = "a\1b\2\1x\2y\1\2zz\2KEYS\1k1 k2\2TAGS\1A";
  property_cursor cursor(text);
  property_entry e;
  ASSERT_TRUE(cursor.next(&e));
  EXPECT_EQ(e.name, "a");
  EXPECT_EQ(e.value, "b");
  ASSERT_TRUE(cursor.next(&e));
  EXPECT_EQ(e.value, "k1 k2");
  EXPECT_EQ(e.whole, "KEYS\1k1 k2\2");
  ASSERT_TRUE(cursor.next(&e));
  EXPECT_EQ(e.whole, "TAGS\1A");
  EXPECT_FALSE(cursor.next(&e));
}

// By definition: up to each \2 or the end, divided at the first \1, with something on both sides.
std::vector<std::pair<std::string, std::string>> plainly_split(const std::string &text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (size_t at = 0; at < text.size();) {
    const size_t stop = std::min(text.find('\2', at), text.size());
    const size_t middle = text.find('\1', at);
    if (middle != std::string::npos && middle > at && middle + 1 < stop) {
      out.emplace_back(text.substr(at, middle - at), text.substr(middle + 1, stop - middle - 1));
    }
    at = stop + 1;
  }
  return out;
}

TEST(properties, any_bytes_are_split_as_defined) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 48, '\0');
    const unsigned kinds = round % 2 == 0 ? 5 : 40;  // separators every few bytes, or far apart
    for (char &c : text) c = "\1\2\3x\x81"[std::min<size_t>(random() % kinds, 4)];
    std::vector<std::pair<std::string, std::string>> found;
    property_cursor cursor(text);
    for (property_entry e; cursor.next(&e);) found.emplace_back(e.name, e.value);
    ASSERT_EQ(found, plainly_split(text)) << ::testing::PrintToString(text);
    std::map<std::string, std::string> last;
    for (const auto &[name, value] : found) last[name] = value;
    for (const char *name : {"x", "xx", "\3", "x\3", "\x81x", "\x81\x81\x81", ""}) {
      ASSERT_EQ(find_property(text, name), last[name]) << ::testing::PrintToString(text);
    }
  }
}

TEST(properties, of_equal_names_the_last_wins) {
  EXPECT_EQ(find_property("TAGS\1A\2TAGS\1B\2", "TAGS"), "B");
  EXPECT_EQ(find_property("XTAGS\1A\2", "TAGS").data(), nullptr);
}

std::string without(std::string_view text, std::string_view name) {
  std::array<std::string_view, 8> parts;
  const size_t n = without_property(text, name, parts.data(), parts.size());
  std::string out;
  for (size_t i = 0; i < n; ++i) out += parts[i];
  return out;
}

TEST(properties, removing_leaves_legal_properties) {
  EXPECT_EQ(without("WAIT\1true\2TAGS\1A\2", "WAIT"), "TAGS\1A\2");
  EXPECT_EQ(without("TAGS\1A\2WAIT\1true", "WAIT"), "TAGS\1A\2");
  EXPECT_EQ(without("A\1b\2WAIT\1true\2C\1d\2WAIT\1x\2E\1f", "WAIT"), "A\1b\2C\1d\2E\1f");
  EXPECT_EQ(without("WAIT\1true\2", "WAIT"), "");
  EXPECT_EQ(without("", "WAIT"), "");
  EXPECT_EQ(without("A\1b", "WAIT"), "A\1b");
  std::array<std::string_view, 2> two;
  EXPECT_EQ(without_property("A\1b\2W\1x\2C\1d\2W\1y\2", "W", two.data(), 2), 2u);
  EXPECT_EQ(std::string(two[0]) + std::string(two[1]), "A\1b\2C\1d\2W\1y\2");
}

TEST(properties, one_pass_finds_what_a_send_looks_at) {
  send_properties p;
  scan_properties(
      "KEYS\1k\2UNIQ_KEY\1u\2WAIT\1false\2TAGS\1A\2DELAY\1"
      "3\2PGROUP\1g\2TRAN_MSG\1true\2"
      "RETRY_TOPIC\1r\2REAL_TOPIC\1t\2REAL_QID\1"
      "1\2TRACE_ON\1on\2MSG_REGION\1R\2other\1x",
      &p);
  EXPECT_EQ(p.keys, "k");
  EXPECT_EQ(p.unique_key, "u");
  EXPECT_EQ(p.wait, "false");
  EXPECT_EQ(p.wait_entry, "WAIT\1false\2");
  EXPECT_EQ(p.tags, "A");
  EXPECT_EQ(p.delay, "3");
  EXPECT_EQ(p.producer_group, "g");
  EXPECT_EQ(p.transaction_prepared, "true");
  EXPECT_EQ(p.retry_topic, "r");
  EXPECT_EQ(p.real_topic, "t");
  EXPECT_EQ(p.real_queue_id, "1");
  EXPECT_EQ(p.trace_switch, "on");
  EXPECT_EQ(p.msg_region, "R");
}

TEST(properties, the_builder_keeps_rules_and_room) {
  std::array<char, 24> room;
  property_builder b(room.data(), room.size());
  b.append("A\1b");
  b.add("N", int64_t{-5});
  EXPECT_EQ(b.text(), "A\1b\2N\1-5\2");
  EXPECT_TRUE(b.ok());
  b.add("bad\1name", "x");
  EXPECT_FALSE(b.ok());
  EXPECT_EQ(b.text(), "A\1b\2N\1-5\2");
  b.add("LONG", std::string(20, 'x'));
  EXPECT_EQ(b.text(), "A\1b\2N\1-5\2");
}

TEST(message_id, text_and_back) {
  const std::string host("\x7f\0\0\1\0\0\xbb\x27", 8);
  std::array<char, k_message_id_max> text;
  const size_t n = format_message_id(host, 0x12d687, text.data());
  const std::string_view id(text.data(), n);
  EXPECT_EQ(id, "7F0000010000BB27000000000012D687");
  offset_message_id out;
  ASSERT_TRUE(parse_message_id(id, &out));
  EXPECT_EQ(out.host_view(), host);
  EXPECT_EQ(out.phys, 0x12d687);
  ASSERT_TRUE(parse_message_id("7f0000010000bb27000000000012d687", &out));
  EXPECT_EQ(out.phys, 0x12d687);
}

TEST(message_id, ipv6_hosts) {
  const std::string host(20, '\xab');
  std::array<char, k_message_id_max> text;
  ASSERT_EQ(format_message_id(host, -1, text.data()), 56u);
  offset_message_id out;
  ASSERT_TRUE(parse_message_id({text.data(), 56}, &out));
  EXPECT_EQ(out.host_len, 20u);
  EXPECT_EQ(out.phys, -1);
  EXPECT_EQ(format_message_id(host.substr(1), 0, text.data()), 0u);
}

TEST(message_id, other_text_is_refused) {
  offset_message_id out;
  EXPECT_FALSE(parse_message_id("", &out));
  EXPECT_FALSE(parse_message_id("7F0000010000BB27000000000012D68", &out));
  EXPECT_FALSE(parse_message_id("7F0000010000BB27000000000012D68G", &out));
  EXPECT_TRUE(looks_like_unique_key("FD0000000000000000000000000000022B614E0E2F2A69898D290000"));
  EXPECT_FALSE(looks_like_unique_key("order-4711"));
}

TEST(tag_expression, splits_and_trims) {
  tag_expression e;
  ASSERT_TRUE(parse_tag_expression(" A || B||C  ||", &e).ok());
  EXPECT_FALSE(e.all);
  EXPECT_EQ(e.tags, (std::vector<std::string_view>{"A", "B", "C"}));
  for (const char *all : {"", "*"}) {
    ASSERT_TRUE(parse_tag_expression(all, &e).ok());
    EXPECT_TRUE(e.all);
  }
  ASSERT_TRUE(parse_tag_expression("a | b", &e).ok());
  EXPECT_EQ(e.tags, (std::vector<std::string_view>{"a | b"}));
  ASSERT_TRUE(parse_tag_expression("   ", &e).ok());
  EXPECT_FALSE(e.all);
  EXPECT_TRUE(e.tags.empty());
  for (const char *bad : {"||", "||||"}) EXPECT_FALSE(parse_tag_expression(bad, &e).ok()) << bad;
}

}  // namespace
}  // namespace stn::protocol
