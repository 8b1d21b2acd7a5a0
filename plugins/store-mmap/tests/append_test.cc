#include <thread>

#include "store_fixture.h"

namespace stn::store_mmap::testing {
namespace {

class append_test : public store_fixture {};

TEST_F(append_test, a_record_comes_back_as_it_was_given) {
  open();
  stn_cqe c =
      put({.topic = "Orders", .queue = 3, .body = "hello", .props = "TAGS\1a\2KEYS\1k", .flag = 7});
  EXPECT_EQ(c.status, STN_OK);
  EXPECT_EQ(c.r[0], 0);
  EXPECT_EQ(c.r[1], 0);
  EXPECT_EQ(c.r[3], now_ms_);
  fetched_batch b = fetch("Orders", 3, 0);
  ASSERT_EQ(b.views.size(), 1u);
  const record_view &v = b.views[0];
  EXPECT_EQ(v.body, "hello");
  EXPECT_EQ(v.topic, "Orders");
  EXPECT_EQ(v.props, std::string_view("TAGS\1a\2KEYS\1k"));
  EXPECT_EQ(v.flag, 7);
  EXPECT_EQ(v.queue, 3);
  EXPECT_EQ(v.store_ms, now_ms_);
  EXPECT_EQ(c.r[2], v.size);
  EXPECT_EQ(b.info.next, 1);
  EXPECT_EQ(b.info.outcome, STN_FETCHED_FOUND);
}

TEST_F(append_test, the_bytes_are_those_of_the_format) {
  open();
  put({.topic = "TT", .queue = 1, .body = "ab", .props = "K\1v"});
  fetched_batch b = fetch("TT", 1, 0);
  ASSERT_EQ(b.records.size(), 1u);
  // Written down by hand from the layout; CRC-32 of "ab" is 9e83486d, without its sign bit 1e83486d.
  const unsigned char expected[] = {
      0, 0, 0,    98,   0xDA, 0xA3, 0x20, 0xA7, 0x1e, 0x83, 0x48, 0x6d, 0,    0,    0,   1, 0,
      0, 0, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,   0, 0,
      0, 0, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0x12, 0xd6, 0x87, 127, 0, 0,
      1, 0, 0,    0x2a, 0x9f, 0,    0,    0x01, 0x8b, 0xcf, 0xe5, 0x68, 0,    127,  0,   0, 1,
      0, 0, 0x2a, 0x9f, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,   0, 0,
      0, 0, 2,    'a',  'b',  2,    'T',  'T',  0,    3,    'K',  1,    'v'};
  EXPECT_EQ(b.records[0], std::string(reinterpret_cast<const char *>(expected), sizeof(expected)));
}

TEST_F(append_test, offsets_count_per_queue) {
  open();
  for (int i = 0; i < 5; i++) {
    EXPECT_EQ(put({.queue = 0}).r[1], i);
    EXPECT_EQ(put({.queue = 1}).r[1], i);
    EXPECT_EQ(put({.topic = "U"}).r[1], i);
  }
  EXPECT_EQ(info("T", 0).max, 5);
  EXPECT_EQ(info("T", 2).max, 0);
}

TEST_F(append_test, a_log_rolls_over_and_keeps_every_message) {
  open();
  std::vector<std::string> sent;
  for (int i = 0; i < 400; i++) {
    sent.push_back(std::to_string(i) + std::string(static_cast<size_t>(i * 7 % 3000), 'x'));
    put({.body = sent.back()});
  }
  EXPECT_GT(store_->segments().end(), 6 * config_.segment_size);
  EXPECT_EQ(bodies("T", 0), sent);
}

TEST_F(append_test, a_client_batch_becomes_consecutive_messages) {
  open();
  std::string batch;
  for (std::string body : {"one", "two", "three"}) {
    std::string props = "KEYS\1" + body;
    std::string m(20 + body.size() + 2 + props.size(), '\0');
    protocol::store_u32(&m[0], static_cast<uint32_t>(m.size()));
    protocol::store_u32(&m[12], 9);
    protocol::store_u32(&m[16], static_cast<uint32_t>(body.size()));
    m.replace(20, body.size(), body);
    protocol::store_u16(&m[20 + body.size()], static_cast<uint16_t>(props.size()));
    m.replace(22 + body.size(), props.size(), props);
    batch += m;
  }
  collector c;
  ASSERT_EQ(
      append({{.body = batch, .props = "CLUSTER\1c", .flags = STN_APPEND_BATCH, .user = 5}}, c),
      STN_OK);
  auto got = c.wait(3);
  ASSERT_EQ(got.size(), 3u);
  for (size_t i = 0; i < 3; i++) {
    EXPECT_EQ(got[i].status, STN_OK);
    EXPECT_EQ(got[i].user, 5u);
    EXPECT_EQ(got[i].r[1], static_cast<int64_t>(i));
    EXPECT_EQ(got[i].flags, i < 2 ? STN_CQE_MORE : 0u);
  }
  fetched_batch b = fetch("T", 0, 0);
  ASSERT_EQ(b.views.size(), 3u);
  EXPECT_EQ(b.views[2].body, "three");
  EXPECT_EQ(b.views[2].flag, 9);
  EXPECT_EQ(b.views[2].props, std::string_view("KEYS\1three\2CLUSTER\1c"));
}

TEST_F(append_test, a_broken_batch_is_refused_whole) {
  open();
  std::string batch(40, '\0');
  protocol::store_u32(&batch[0], 40);
  protocol::store_u32(&batch[16], 4000);
  collector c;
  ASSERT_EQ(append({{.body = batch, .flags = STN_APPEND_BATCH}, {.body = "good"}}, c), STN_OK);
  auto got = c.wait(2);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].status, STN_E_INVALID);
  EXPECT_EQ(got[0].flags, 0u);
  EXPECT_EQ(got[1].status, STN_OK);
  EXPECT_EQ(got[1].r[1], 0);
}

TEST_F(append_test, what_is_too_large_is_refused) {
  open();
  EXPECT_EQ(put({.body = std::string(61 << 10, 'x')}).status, STN_E_INVALID);
  EXPECT_EQ(put({.props = "K\1" + std::string(32766, 'v')}).status, STN_E_INVALID);
  EXPECT_EQ(put({.queue = -1}).status, STN_E_INVALID);
  EXPECT_EQ(put({.body = "x"}).r[1], 0);
  EXPECT_EQ(store_->queues().intern("../up").error().code(), STN_E_INVALID);
  EXPECT_EQ(store_->queues().intern(std::string(128, 'a')).error().code(), STN_E_INVALID);
}

TEST_F(append_test, half_and_rollback_messages_get_no_entry) {
  open();
  EXPECT_EQ(put({.sysflag = protocol::k_msg_trans_prepared}).r[1], 0);
  EXPECT_EQ(put({.sysflag = protocol::k_msg_trans_rollback}).r[1], 0);
  EXPECT_EQ(put({.sysflag = protocol::k_msg_trans_commit}).r[1], 0);
  EXPECT_EQ(info("T", 0).max, 1);
}

TEST_F(append_test, the_third_column_holds_tag_hash_or_deliver_time) {
  open();
  put({.props = "TAGS\1TagA"});
  put({.topic = "SCHEDULE_TOPIC_XXXX",
       .queue = 2,
       .props = "DELAY\1"
                "3"});
  put({.topic = "SCHEDULE_TOPIC_XXXX",
       .queue = 17,
       .props = "DELAY\1"
                "99"});
  auto tag_of = [&](const char *name, int32_t queue) {
    int64_t tag = -1;
    stn_entries e{sizeof(e), 1, 0, 0, nullptr, nullptr, &tag};
    stn_error err{};
    EXPECT_EQ(store_->reader().entries(topic(name), queue, 0, &e, &err), STN_OK);
    EXPECT_EQ(e.n, 1u);
    return tag;
  };
  EXPECT_EQ(tag_of("T", 0), 2598919);  // "TagA".hashCode() in Java
  EXPECT_EQ(tag_of("SCHEDULE_TOPIC_XXXX", 2), now_ms_ + 10000);
  EXPECT_EQ(tag_of("SCHEDULE_TOPIC_XXXX", 17), now_ms_ + 7200000);
}

TEST_F(append_test, store_time_never_goes_back) {
  open();
  put({});
  now_ms_ -= 5000;
  EXPECT_EQ(put({}).r[3], now_ms_ + 5000);
}

// Four writers at once: every queue has each offset once, and positions and times rise along the log.
TEST_F(append_test, writers_do_not_get_into_each_others_way) {
  for (bool sync : {false, true}) {
    config_.sync_flush = sync;
    config_.dir = dir_ / (sync ? "sync" : "async");
    open();
    constexpr int k_threads = 4;
    constexpr int k_batches = 100;
    std::vector<std::thread> threads;
    std::vector<std::vector<stn_cqe>> acks(k_threads);
    for (int t = 0; t < k_threads; t++) {
      topic("T");
      threads.emplace_back([&, t] {
        collector c;
        for (int i = 0; i < k_batches; i++) {
          std::vector<message> v;
          for (int q = 0; q < 8; q++)
            v.push_back({.queue = q, .body = std::to_string(t) + ":" + std::to_string(i)});
          ASSERT_EQ(append(v, c), STN_OK);
        }
        acks[static_cast<size_t>(t)] = c.wait(k_batches * 8);
      });
    }
    for (auto &t : threads) t.join();
    size_t acked = 0;
    for (const auto &a : acks) acked += a.size();
    EXPECT_EQ(acked, static_cast<size_t>(k_threads * k_batches * 8));
    for (int q = 0; q < 8; q++) {
      std::vector<std::string> got = bodies("T", q);
      EXPECT_EQ(got.size(), static_cast<size_t>(k_threads * k_batches));
      std::vector<int> next(k_threads, 0);
      for (const std::string &body : got) {
        int writer = body[0] - '0';
        EXPECT_EQ(body.substr(2), std::to_string(next[static_cast<size_t>(writer)]++));
      }
    }
    ASSERT_TRUE(store_->close().ok());
  }
}

TEST_F(append_test, arrivals_tell_the_newest_offset) {
  struct seen {
    std::vector<stn_arrival> v;
  } got;
  store_.reset();
  store_ = std::make_unique<message_store>(files(), config_, clock(),
                                           [](int32_t, const std::string &) {});
  store_->watch(
      [](void *u, const stn_arrival *v, uint32_t n) {
        static_cast<seen *>(u)->v.insert(static_cast<seen *>(u)->v.end(), v, v + n);
      },
      &got);
  ASSERT_TRUE(store_->open().ok());
  collector c;
  ASSERT_EQ(append({{.queue = 1}, {.queue = 2}, {.queue = 1, .props = "TAGS\1a"}}, c), STN_OK);
  ASSERT_EQ(got.v.size(), 2u);  // one of each queue
  EXPECT_EQ(got.v[0].queue, 1);
  EXPECT_EQ(got.v[0].max, 2);
  EXPECT_EQ(got.v[0].tag_hash, 'a');
  EXPECT_EQ(got.v[1].queue, 2);
  EXPECT_EQ(got.v[1].max, 1);
}

// Short ones are copied otherwise than long ones.
TEST_F(append_test, names_and_properties_of_every_length_come_back) {
  open();
  std::string text;
  for (int i = 0; i < 300; i++) text.push_back(static_cast<char>('a' + i % 23));
  for (size_t n = 1; n <= text.size(); n++) {
    const std::string name = text.substr(0, 1 + (n - 1) % k_topic_max);
    const std::string props = text.substr(text.size() - n);
    put({.topic = name, .body = "b", .props = props});
    fetched_batch b = fetch(name, 0, info(name, 0).max - 1);
    ASSERT_EQ(b.views.size(), 1u) << n;
    ASSERT_EQ(b.views[0].topic, name);
    ASSERT_EQ(b.views[0].props, props);
    ASSERT_EQ(b.views[0].body, "b");
  }
}

TEST_F(append_test, a_closed_store_refuses) {
  open();
  ASSERT_TRUE(store_->close().ok());
  collector c;
  EXPECT_EQ(append({{}}, c), STN_E_CLOSED);
}

}  // namespace
}  // namespace stn::store_mmap::testing
