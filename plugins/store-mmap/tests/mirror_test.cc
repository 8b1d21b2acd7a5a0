#include <fstream>

#include "log_api.h"
#include "store_fixture.h"

namespace stn::store_mmap::testing {
namespace {

// A second store that follows the first through "stn.log/1" alone.
class mirror_test : public store_fixture {
 protected:
  void TearDown() override {
    copy_.reset();
    store_fixture::TearDown();
  }
  void open_copy() {
    copy_.reset();
    settings s = config_;
    s.dir = dir_ / "copy";
    copy_ = std::make_unique<message_store>(posix_files(), s, system_clock(),
                                            [](int32_t, const std::string &) {});
    status opened = copy_->open();
    ASSERT_TRUE(opened.ok()) << opened.message();
  }
  // What the table wants as self.
  void *self(message_store &s) {
    message_store *&slot = &s == store_.get() ? first_self_ : copy_self_;
    slot = &s;
    return &slot;
  }
  stn_log_info info_of(message_store &s) {
    stn_log_info i{};
    i.size = sizeof(i);
    EXPECT_EQ(log_api().info(self(s), &i), STN_OK);
    return i;
  }
  // Copies until the end; every chunk has at most max bytes, unless one record is larger.
  void mirror(uint64_t max) {
    stn_error err{};
    for (;;) {
      int64_t at = info_of(*copy_).end;
      if (config_.sync_flush) at = copy_->state().end.load();
      stn_bslice part{};
      ASSERT_EQ(log_api().read(self(*store_), at, max, &part, &err), STN_OK) << err.msg;
      if (part.len == 0) return;
      stn_status st = log_api().append(self(*copy_), at, {part.data, part.len}, &err);
      part.owner->ops->release(part.owner, 1);
      ASSERT_EQ(st, STN_OK) << err.msg;
    }
  }
  std::string log_bytes(const std::string &folder, int64_t from, int64_t to) {
    std::string out;
    for (int64_t at = from; at < to;) {
      int64_t base = at - at % config_.segment_size;
      int64_t n = std::min(to, base + config_.segment_size) - at;
      std::ifstream f(dir_ / folder / "commitlog" / offset_name(base), std::ios::binary);
      std::string part(static_cast<size_t>(n), '\0');
      f.seekg(at - base);
      f.read(part.data(), n);
      EXPECT_EQ(f.gcount(), n);
      out += part;
      at += n;
    }
    return out;
  }
  void expect_equal() {
    int64_t end = store_->state().end.load();
    ASSERT_EQ(copy_->state().end.load(), end);
    EXPECT_TRUE(log_bytes("store", 0, end) == log_bytes("copy", 0, end)) << "bytes differ";
    for (const consume_queue *q : store_->queues().all()) {
      std::string name(store_->queues().name(q->topic()));
      uint32_t other = copy_->queues().intern(name).value();
      const consume_queue *twin = copy_->queues().find(other, q->id());
      ASSERT_NE(twin, nullptr) << name << q->id();
      EXPECT_EQ(twin->next(), q->next());
      for (int64_t i = q->min(); i < q->next(); i++) {
        queue_entry a = const_cast<consume_queue *>(q)->entry(i).value();
        queue_entry b = const_cast<consume_queue *>(twin)->entry(i).value();
        EXPECT_EQ(std::tie(a.phys, a.size, a.tag), std::tie(b.phys, b.size, b.tag)) << name << i;
      }
    }
  }
  void fill(int n, int from = 0) {
    for (int i = from; i < from + n; i++) {
      now_ms_ += 7;
      message m{.topic = i % 5 == 0 ? "SCHEDULE_TOPIC_XXXX" : "T",
                .queue = i % 3,
                .body = std::to_string(i) + std::string(static_cast<size_t>(i * 37 % 3000), 'm'),
                .props = "KEYS\1k" + std::to_string(i) + "\2TAGS\1t" + std::to_string(i % 4)};
      if (i % 11 == 0) m.sysflag = protocol::k_msg_trans_prepared;
      put(m);
    }
  }
  std::unique_ptr<message_store> copy_;
  message_store *first_self_ = nullptr;
  message_store *copy_self_ = nullptr;
};

TEST_F(mirror_test, a_copy_is_equal_byte_for_byte) {
  open();
  open_copy();
  for (int round = 0; round < 6; round++) {
    fill(100, round * 100);
    mirror(round % 2 == 0 ? 1 : 20000);
    expect_equal();
  }
  EXPECT_GT(store_->segments().end(), 4 * config_.segment_size);
  // The copy is a store of its own: it survives a kill, answers queries and goes on as the first would.
  open_copy();
  expect_equal();
  stn_key_query q{sizeof(q), 1, {"T", 1}, {"k599", 4}, 0, INT64_MAX};
  stn_bslice record{};
  stn_key_found found{sizeof(found), 1, &record, 0, 0, 0, 0};
  stn_error err{};
  ASSERT_EQ(copy_->index().find(q, &found, &err), STN_OK);
  ASSERT_EQ(found.n, 1u);
  record.owner->ops->release(record.owner, 1);
}

TEST_F(mirror_test, under_sync_flush_only_what_is_on_the_disk_is_copied) {
  config_.sync_flush = true;
  open();
  open_copy();
  fill(60);
  mirror(4096);
  EXPECT_LE(info_of(*store_).end, info_of(*store_).durable);
  ASSERT_TRUE(copy_->checkpoint_now().ok());
  expect_equal();
  uint32_t t = copy_->queues().intern("T").value();
  EXPECT_EQ(copy_->queues().find(t, 1)->visible(), copy_->queues().find(t, 1)->next());
}

TEST_F(mirror_test, wrong_places_and_damaged_bytes_are_refused) {
  open();
  open_copy();
  fill(5);
  stn_error err{};
  stn_bslice part{};
  ASSERT_EQ(log_api().read(self(*store_), 0, 1 << 20, &part, &err), STN_OK);
  std::string bytes(static_cast<const char *>(part.data), part.len);
  part.owner->ops->release(part.owner, 1);
  auto append = [&](int64_t at, const std::string &b) {
    return log_api().append(self(*copy_), at, {b.data(), b.size()}, &err);
  };
  EXPECT_EQ(append(64, bytes), STN_E_CORRUPT) << "records know their position";
  EXPECT_EQ(append(0, bytes.substr(0, bytes.size() - 1)), STN_E_CORRUPT);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    std::string bad = bytes;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    (void)append(copy_->state().end.load() == 0 ? 0 : -1, bad);  // refused, or a flaw no check sees
    if (copy_->state().end.load() != 0) break;
  }
  open_copy();
  int64_t end = copy_->state().end.load();
  if (end == 0) {
    EXPECT_EQ(append(0, bytes), STN_OK);
  }
  EXPECT_EQ(append(0, bytes), STN_E_RANGE);
  EXPECT_EQ(log_api().read(self(*store_), 1, 100, &part, &err), STN_E_CORRUPT);
  EXPECT_EQ(log_api().read(self(*store_), 1 << 30, 100, &part, &err), STN_E_RANGE);
}

TEST_F(mirror_test, a_copy_that_went_its_own_way_is_cut_and_follows_again) {
  open();
  open_copy();
  fill(200);
  mirror(10000);
  const int64_t common = store_->state().end.load();
  std::swap(store_, copy_);  // the copy takes messages of its own
  fill(150, 1000);
  std::swap(store_, copy_);
  fill(100, 200);
  stn_error err{};
  EXPECT_EQ(log_api().truncate(self(*copy_), common + 1, &err), STN_E_CORRUPT);
  ASSERT_EQ(log_api().truncate(self(*copy_), common, &err), STN_OK) << err.msg;
  EXPECT_EQ(copy_->state().end.load(), common);
  mirror(10000);
  expect_equal();
  open_copy();
  expect_equal();
  ASSERT_EQ(log_api().truncate(self(*copy_), 0, &err), STN_OK) << err.msg;
  mirror(1 << 20);
  expect_equal();
}

TEST_F(mirror_test, with_confirmation_messages_wait_for_it) {
  config_.sync_flush = true;
  config_.sync_timeout_ms = 60000;
  open();
  put({.body = "before"});
  stn_error err{};
  ASSERT_EQ(log_api().confirm(self(*store_), info_of(*store_).end, &err), STN_OK);
  collector c;
  ASSERT_EQ(append({{.body = "waits"}}, c), STN_OK);
  int64_t end = store_->state().end.load();
  ASSERT_TRUE(store_->checkpoint_now().ok());  // it is on the disk now
  EXPECT_EQ(info_of(*store_).durable, end);
  EXPECT_TRUE(c.now().empty());
  EXPECT_EQ(bodies("T", 0), std::vector<std::string>{"before"});
  ASSERT_EQ(log_api().confirm(self(*store_), end, &err), STN_OK);
  EXPECT_EQ(c.wait(1).size(), 1u);
  EXPECT_EQ(bodies("T", 0).size(), 2u);
  ASSERT_EQ(log_api().confirm(self(*store_), 0, &err), STN_OK);
  EXPECT_EQ(info_of(*store_).confirmed, end);
}

TEST_F(mirror_test, confirmation_needs_sync_flush) {
  open();
  stn_error err{};
  EXPECT_EQ(log_api().confirm(self(*store_), 0, &err), STN_E_UNSUPPORTED);
}

}  // namespace
}  // namespace stn::store_mmap::testing
