// store_fixture.h - a store in a folder of its own, without a kernel, and short ways to append and fetch.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "message_store.h"
#include "stanchion/protocol/properties.h"

namespace stn::store_mmap::testing {

// Collects completions; waits for them with a deadline.
class collector {
 public:
  collector() : sink_{{sizeof(stn_sink), STN_VER(1, 0)}, this, complete} {}
  const stn_sink *sink() const { return &sink_; }
  std::vector<stn_cqe> wait(size_t n) {
    std::unique_lock lock(mu_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return got_.size() >= n; });
    return got_;
  }
  std::vector<stn_cqe> now() {
    std::lock_guard lock(mu_);
    return got_;
  }

 private:
  static void complete(const stn_sink *s, const stn_cqe *v, uint32_t n) {
    auto *self = static_cast<collector *>(s->ctx);
    std::lock_guard lock(self->mu_);
    self->got_.insert(self->got_.end(), v, v + n);
    self->changed_.notify_all();
  }
  stn_sink sink_;
  std::mutex mu_;
  std::condition_variable changed_;
  std::vector<stn_cqe> got_;
};

struct message {
  std::string topic = "T";
  int32_t queue = 0;
  std::string body = "body";
  std::string props = {};
  int32_t sysflag = 0;
  int32_t flag = 0;
  uint32_t flags = 0;
  uint64_t user = 0;
};

struct fetched_batch {
  stn_status status = STN_OK;
  stn_fetched info{};
  std::vector<std::string> records;
  std::vector<record_view> views;  // into records
};

inline const char k_host[] = "\x7f\x00\x00\x01\x00\x00\x2a\x9f";

class store_fixture : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::replace(name.begin(), name.end(), '/', '_');
    dir_ = std::filesystem::temp_directory_path() /
           ("stn-store-" + std::to_string(::getpid()) + "-" + name);
    std::filesystem::remove_all(dir_);
    config_.dir = dir_ / "store";
    config_.segment_size = 64 << 10;
    config_.queue_file_entries = 1000;
    config_.sync_flush = false;
    config_.populate_ahead = 256 << 10;
    config_.queue_write_interval_ms = 1;
    config_.max_message_size = 60 << 10;
    config_.index_slots = 64;
    config_.space_low = 0;
    config_.space_reserve = 0;
    config_.index_entries = 1024;
    parse_delay_levels(k_delay_levels_default, &config_.delay_ms);
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }

  virtual file_io &files() { return posix_files(); }
  wall_clock clock() const {
    return {
        [](const void *ctx) {
          return static_cast<const std::atomic<int64_t> *>(ctx)->load(std::memory_order_relaxed);
        },
        &now_ms_};
  }

  status try_open() {
    store_.reset();
    store_ = std::make_unique<message_store>(files(), config_, clock(),
                                             [this](int32_t, const std::string &m) {
                                               std::lock_guard lock(log_mu_);
                                               log_.push_back(m);
                                             });
    return store_->open();
  }
  void open() {
    status s = try_open();
    ASSERT_TRUE(s.ok()) << s.message();
  }
  void reopen_cleanly() {
    status s = store_->close();
    ASSERT_TRUE(s.ok()) << s.message();
    open();
  }
  // As after kill -9: the threads are gone, memory is lost, what was written to files is there.
  void reopen_after_kill() { open(); }

  uint32_t topic(const std::string &name) {
    result<uint32_t> t = store_->queues().intern(name);
    return t.ok() ? t.value() : 0;
  }

  stn_append build(const message &m) {
    stn_append a{};
    a.user = m.user;
    a.topic = topic(m.topic);
    a.queue = m.queue;
    a.sysflag = m.sysflag;
    a.flag = m.flag;
    a.born_ms = 1234567;
    a.born_host = {k_host, 8};
    a.store_host = {k_host, 8};
    a.body = {m.body.data(), m.body.size()};
    a.flags = m.flags;
    a.n_props = m.props.empty() ? 0 : 1;
    a.props[0] = {m.props.data(), m.props.size()};
    return a;
  }

  stn_status append(const std::vector<message> &v, const collector &c) {
    std::vector<stn_append> raw;
    for (const message &m : v) raw.push_back(build(m));
    stn_error err{};
    return store_->append(raw.data(), static_cast<uint32_t>(raw.size()), nullptr,
                          const_cast<collector &>(c).sink(), &err);
  }
  // Appends one message and waits until it is acknowledged.
  stn_cqe put(const message &m) {
    collector c;
    stn_status st = append({m}, c);
    EXPECT_EQ(st, STN_OK);
    if (st != STN_OK) return {};
    auto got = c.wait(1);
    EXPECT_EQ(got.size(), 1u);
    return got.empty() ? stn_cqe{} : got[0];
  }

  fetched_batch fetch(const std::string &name, int32_t queue, int64_t from, uint32_t max_msgs = 32,
                      uint32_t max_bytes = 1 << 20, uint32_t cap = 32, uint32_t flags = 0) {
    std::vector<stn_bslice> slices(cap);
    fetched_batch b;
    stn_fetch q{};
    q.size = sizeof(q);
    q.topic = topic(name);
    q.queue = queue;
    q.flags = flags;
    q.from = from;
    q.max_msgs = max_msgs;
    q.max_bytes = max_bytes;
    q.filter = filter_;
    q.matcher = matcher_;
    b.info.size = sizeof(b.info);
    b.info.cap = cap;
    b.info.slices = slices.data();
    stn_error err{};
    b.status = store_->reader().fetch(q, &b.info, &err);
    if (b.status != STN_OK) return b;
    for (uint32_t i = 0; i < b.info.n_slices; i++) split(slices[i], b);
    for (const std::string &r : b.records) {
      record_view v{};
      auto *at = reinterpret_cast<const uint8_t *>(r.data());
      EXPECT_EQ(parse_record(at, r.size() + k_blank_min, true, &v), record_kind::message);
      b.views.push_back(v);
    }
    return b;
  }
  // Whole records out of a slice; gives its share of the owner back.
  static void split(const stn_bslice &s, fetched_batch &b) {
    const char *p = static_cast<const char *>(s.data);
    for (size_t at = 0; at < s.len;) {
      size_t n = protocol::load_u32(p + at);
      b.records.emplace_back(p + at, n);
      at += n;
    }
    s.owner->ops->release(s.owner, 1);
  }

  std::vector<std::string> bodies(const std::string &name, int32_t queue) {
    std::vector<std::string> out;
    stn_queue_info info{};
    uint32_t t = topic(name);
    store_->queue_info(t, &queue, 1, &info);
    for (int64_t at = info.min; at < info.max;) {
      fetched_batch b = fetch(name, queue, at);
      if (b.status != STN_OK || b.info.next <= at) break;
      for (const record_view &v : b.views) out.emplace_back(v.body);
      at = b.info.next;
    }
    return out;
  }
  stn_queue_info info(const std::string &name, int32_t queue) {
    stn_queue_info i{};
    store_->queue_info(topic(name), &queue, 1, &i);
    return i;
  }

  std::filesystem::path dir_;
  settings config_;
  std::atomic<int64_t> now_ms_{1700000000000};
  std::mutex log_mu_;
  std::vector<std::string> log_;
  const stn_filter_api *filter_ = nullptr;
  const stn_matcher *matcher_ = nullptr;
  std::unique_ptr<message_store> store_;
};

}  // namespace stn::store_mmap::testing
