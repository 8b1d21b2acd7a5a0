// Stored records, batch bodies, queue entries: what a broken or hostile byte range does.
#include <gtest/gtest.h>

#include <string>

#include "stanchion/protocol/batch_body.h"
#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/consume_queue.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/protocol/sysflags.h"

namespace stn::protocol {
namespace {

uint32_t sum(std::string_view bytes) {
  uint32_t s = 1;
  for (const char c : bytes) s = s * 31 + static_cast<unsigned char>(c);
  return s | 0x80000000;  // the top bit is not kept
}

struct parts {
  std::string topic = "Topic";
  std::string body = "hello";
  std::string properties = "TAGS\1A\2";
  int32_t sys_flag = 0;
};

std::string record(const parts &p) {
  record_layout layout;
  EXPECT_TRUE(
      lay_out(p.sys_flag, p.body.size(), p.topic.size(), p.properties.size(), &layout).ok());
  std::string out(layout.total, '\x55');
  record_head head;
  const std::string host(20, '\x0a');
  head.body_crc = sum(p.body);
  head.queue_id = 3;
  head.flag = 7;
  head.sys_flag = p.sys_flag;
  head.born_ms = 1111;
  head.born_host = std::string_view(host).substr(0, born_host_size(p.sys_flag));
  head.store_host = std::string_view(host).substr(0, store_host_size(p.sys_flag));
  head.reconsume_times = 2;
  head.prepared_phys = 99;
  write_record_head(layout, head, out.data());
  write_record_topic(layout, p.topic, out.data());
  p.body.copy(out.data() + layout.body_at, p.body.size());
  p.properties.copy(out.data() + layout.properties_at, p.properties.size());
  patch_record(layout, 42, 4242, 2222, out.data());
  return out;
}

TEST(message_record, holds_what_was_written) {
  for (const int32_t hosts :
       {0, k_msg_born_host_v6, k_msg_store_host_v6, k_msg_born_host_v6 | k_msg_store_host_v6}) {
    parts p;
    p.sys_flag = hosts | k_msg_compressed;
    const std::string bytes = record(p);
    EXPECT_EQ(bytes.size(),
              k_record_min + 5 + 5 + 7 + (hosts & 0x10 ? 12 : 0) + (hosts & 0x20 ? 12 : 0));
    record_view v;
    ASSERT_TRUE(verify_record(bytes, sum, &v).ok());
    EXPECT_EQ(v.total, bytes.size());
    EXPECT_EQ(v.queue_id, 3);
    EXPECT_EQ(v.flag, 7);
    EXPECT_EQ(v.queue_offset, 42);
    EXPECT_EQ(v.phys, 4242);
    EXPECT_EQ(v.sys_flag, p.sys_flag);
    EXPECT_EQ(v.born_ms, 1111);
    EXPECT_EQ(v.store_ms, 2222);
    EXPECT_EQ(v.born_host.size(), born_host_size(hosts));
    EXPECT_EQ(v.store_host.size(), store_host_size(hosts));
    EXPECT_EQ(v.reconsume_times, 2);
    EXPECT_EQ(v.prepared_phys, 99);
    EXPECT_EQ(v.topic, p.topic);
    EXPECT_EQ(v.body, p.body);
    EXPECT_EQ(v.properties, p.properties);
  }
}

TEST(message_record, the_layout_is_that_of_the_original) {
  const std::string bytes = record({});
  EXPECT_EQ(load_u32(bytes.data() + 4), 0xdaa320a7);
  EXPECT_EQ(load_i64(bytes.data() + 20), 42);
  EXPECT_EQ(load_i64(bytes.data() + 28), 4242);
  EXPECT_EQ(load_i64(bytes.data() + 56), 2222);
  EXPECT_EQ(load_i32(bytes.data() + 84), 5);
  EXPECT_EQ(bytes.substr(88), std::string("hello\5Topic\0\7TAGS\1A\2", 20));
}

TEST(message_record, the_second_magic_has_a_longer_topic_length) {
  std::string bytes = record({});
  bytes.insert(88 + 5, 1, '\0');
  store_u32(bytes.data(), static_cast<uint32_t>(bytes.size()));
  store_u32(bytes.data() + 4, k_record_magic_v2);
  record_view v;
  ASSERT_TRUE(decode_record(bytes, &v).ok());
  EXPECT_EQ(v.topic, "Topic");
  EXPECT_EQ(v.properties, "TAGS\1A\2");
}

TEST(message_record, every_truncation_is_refused) {
  const std::string bytes = record({});
  record_view v;
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(decode_record(std::string_view(bytes).substr(0, n), &v).code, errc::truncated) << n;
  }
}

TEST(message_record, every_changed_byte_is_refused_or_seen) {
  const std::string good = record({});
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char flip : {'\1', '\x80', '\xff'}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      record_view v;
      const outcome o = verify_record(bad, sum, &v);
      const bool length_or_body = i < 12 || (i >= 84 && i < 94) || i == 99 || i == 100;
      if (length_or_body) {
        EXPECT_FALSE(o.ok()) << i;
      }
    }
  }
}

TEST(message_record, blanks_and_unwritten_space_are_told_apart) {
  std::string space(64, '\0');
  uint32_t total = 0;
  EXPECT_EQ(classify_record(space, &total), record_kind::unwritten);
  write_blank(64, space.data());
  EXPECT_EQ(classify_record(space, &total), record_kind::blank);
  EXPECT_EQ(total, 64u);
  record_view v;
  EXPECT_EQ(decode_record(std::string(100, '\0').replace(0, 64, space), &v).code,
            errc::unknown_type);
  write_blank(65, space.data());
  EXPECT_EQ(classify_record(space, &total), record_kind::damaged);
  EXPECT_EQ(classify_record(space.substr(0, 7), &total), record_kind::damaged);
}

TEST(message_record, sizes_over_the_format_are_refused) {
  record_layout l;
  EXPECT_EQ(lay_out(0, 1, 0, 0, &l).name, "topic");
  EXPECT_TRUE(lay_out(0, 1, 127, 32767, &l).ok());
  EXPECT_EQ(lay_out(0, 1, 128, 0, &l).name, "topic");
  EXPECT_EQ(lay_out(0, 1, 1, 32768, &l).name, "properties");
  EXPECT_EQ(lay_out(0, size_t{1} << 31, 1, 0, &l).name, "body");
  EXPECT_EQ(lay_out(0, SIZE_MAX, 1, 0, &l).name, "body");
}

std::string batch(std::initializer_list<batch_entry> entries) {
  std::string out;
  for (const batch_entry &e : entries) {
    std::string one(batch_entry_size(e), '\0');
    EXPECT_EQ(write_batch_entry(e, one.data()), one.data() + one.size());
    out += one;
  }
  return out;
}

TEST(batch_body, walks_what_was_written) {
  const std::string bytes = batch({{1, "one", "A\1b\2"}, {2, "", ""}, {3, "three", ""}});
  batch_cursor c(bytes);
  batch_entry e;
  ASSERT_TRUE(c.next(&e));
  EXPECT_EQ(e.flag, 1);
  EXPECT_EQ(e.body, "one");
  EXPECT_EQ(e.properties, "A\1b\2");
  ASSERT_TRUE(c.next(&e));
  EXPECT_TRUE(e.body.empty());
  ASSERT_TRUE(c.next(&e));
  EXPECT_EQ(e.body, "three");
  EXPECT_FALSE(c.next(&e));
  EXPECT_TRUE(c.ok());
  EXPECT_EQ(count_batch(bytes), 3u);
}

TEST(batch_body, truncations_and_lying_lengths_are_refused) {
  const std::string bytes = batch({{1, "one", "A\1b\2"}, {2, "two", "C\1d\2"}});
  const size_t first = bytes.size() / 2;
  for (size_t n = 1; n < bytes.size(); ++n) {
    EXPECT_EQ(count_batch(bytes.substr(0, n)), n == first ? 1u : 0u) << n;
  }
  EXPECT_EQ(count_batch(""), 0u);
  for (const size_t at : {0u, 16u, 23u}) {
    for (const char lie : {'\x01', '\x7f', '\xff'}) {
      std::string bad = bytes;
      bad[at] = lie;
      EXPECT_EQ(count_batch(bad), 0u) << at;
    }
  }
}

TEST(consume_queue, entries_are_twenty_big_endian_bytes) {
  char bytes[k_queue_entry_size];
  write_queue_entry({0x0102030405060708, 135, -2}, bytes);
  EXPECT_EQ(std::string(bytes, 12), std::string("\1\2\3\4\5\6\7\x8\0\0\0\x87", 12));
  const queue_entry e = read_queue_entry(bytes);
  EXPECT_EQ(e.phys, 0x0102030405060708);
  EXPECT_EQ(e.size, 135);
  EXPECT_EQ(e.tag_hash, -2);
  EXPECT_FALSE(e.is_filler());
  EXPECT_TRUE(k_queue_filler.is_filler());
}

}  // namespace
}  // namespace stn::protocol
