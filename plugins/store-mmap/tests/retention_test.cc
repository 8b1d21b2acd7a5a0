#include <ctime>
#include <set>

#include "store_fixture.h"

namespace stn::store_mmap::testing {
namespace {

constexpr int64_t k_hour_ms = 3600 * 1000;

class retention_test : public store_fixture {
 protected:
  void SetUp() override {
    store_fixture::SetUp();
    config_.queue_file_entries = 32;
    config_.index_entries = 64;
    config_.retention_interval_ms = 1000000000;  // the tests look themselves
    config_.retention_hours = {hour()};
  }
  int32_t hour() const {
    std::time_t now = now_ms_ / 1000;
    std::tm t{};
    ::localtime_r(&now, &t);
    return t.tm_hour;
  }
  // Fills whole log files: about 60 messages of 1 KiB each.
  void fill_files(int n) {
    int64_t until = store_->state().end.load() + n * config_.segment_size;
    while (store_->state().end.load() < until) {
      sent_++;
      put({.queue = sent_ % 2,
           .body = std::to_string(sent_) + std::string(1000, 'x'),
           .props = "KEYS\1k" + std::to_string(sent_)});
    }
    ASSERT_TRUE(store_->checkpoint_now().ok());  // what is not on the disk is not removed
  }
  size_t files_in(const std::string &folder) {
    size_t n = 0;
    for (auto &e : std::filesystem::recursive_directory_iterator(dir_ / "store" / folder)) {
      n += e.is_regular_file() ? 1 : 0;
    }
    return n;
  }
  int look() { return store_->keeper().look(true); }
  int sent_ = 0;
};

TEST_F(retention_test, files_go_by_age_at_the_hour_set) {
  open();
  fill_files(3);
  now_ms_ += 71 * k_hour_ms;
  fill_files(3);
  EXPECT_EQ(look(), 0);
  now_ms_ += 2 * k_hour_ms;
  config_.retention_hours = {(hour() + 1) % 24};
  reopen_cleanly();
  EXPECT_EQ(look(), 0) << "not at this hour";
  config_.retention_hours = {hour()};
  reopen_cleanly();
  EXPECT_EQ(look(), 3);
  EXPECT_EQ(store_->segments().first(), 3 * config_.segment_size);
  EXPECT_EQ(look(), 0);
}

TEST_F(retention_test, queues_and_index_are_deleted_to_match) {
  open();
  fill_files(8);
  size_t queue_files = files_in("consumequeue");
  size_t before = bodies("T", 0).size();
  stn_key_query q{sizeof(q), 1, {"T", 1}, {"k1", 2}, 0, INT64_MAX};
  stn_bslice record{};
  stn_key_found found{sizeof(found), 1, &record, 0, 0, 0, 0};
  stn_error err{};
  ASSERT_EQ(store_->index().find(q, &found, &err), STN_OK);
  ASSERT_EQ(found.n, 1u);
  record.owner->ops->release(record.owner, 1);
  size_t index_files = files_in("index");
  now_ms_ += 96 * k_hour_ms;
  put({.body = "new"});
  ASSERT_TRUE(store_->checkpoint_now().ok());
  // The last whole file stays: the first message behind it is new, but lies in the same file as older ones.
  EXPECT_GE(look(), 6);
  EXPECT_LT(files_in("consumequeue"), queue_files);
  EXPECT_LT(files_in("index"), index_files);
  stn_queue_info i = info("T", 0);
  EXPECT_GT(i.min, 0);
  auto left = bodies("T", 0);
  EXPECT_EQ(static_cast<int64_t>(left.size()), i.max - i.min);
  EXPECT_LT(left.size(), before);
  EXPECT_EQ(left.back(), "new");
  fetched_batch below = fetch("T", 0, 0);
  EXPECT_EQ(below.info.outcome, STN_FETCHED_BELOW_MIN);
  EXPECT_EQ(below.info.next, i.min);
  ASSERT_EQ(store_->index().find(q, &found, &err), STN_OK);
  EXPECT_EQ(found.n, 0u);
  for (bool kill : {false, true}) {
    if (kill) {
      reopen_after_kill();
    } else {
      reopen_cleanly();
    }
    EXPECT_EQ(info("T", 0).min, i.min);
    EXPECT_EQ(bodies("T", 0), left);
  }
}

TEST_F(retention_test, the_size_limit_holds_at_any_hour) {
  config_.retention_hours = {};
  config_.retention_bytes = 3 * config_.segment_size;
  open();
  fill_files(8);
  EXPECT_GT(look(), 0);
  EXPECT_LE(store_->state().end.load() - store_->segments().first(), config_.retention_bytes);
  EXPECT_EQ(look(), 0);
}

TEST_F(retention_test, little_space_takes_the_oldest_but_never_the_last) {
  config_.retention_hours = {};
  config_.space_low = INT64_MAX;
  open();
  fill_files(5);
  while (look() != 0) {
  }
  EXPECT_EQ(store_->segments().first(), store_->segments().start_of(store_->state().end.load()));
  EXPECT_EQ(put({.body = "still open"}).status, STN_OK);
  EXPECT_EQ(bodies("T", 0).back(), "still open");
}

TEST_F(retention_test, a_reader_keeps_the_file_that_goes) {
  config_.retention_hours = {};
  open();
  stn_error err{};
  int64_t first = put({.body = "held by a reader"}).r[0];
  config_.retention_bytes = 1;
  fill_files(4);
  reopen_cleanly();
  const int64_t mapped = store_->stats().mapped_bytes.load();
  stn_bslice again{};
  stn_bslice gone{};
  ASSERT_EQ(store_->reader().read(first, &again, &err), STN_OK);
  EXPECT_GT(look(), 0);
  EXPECT_EQ(store_->reader().read(first, &gone, &err), STN_E_NOT_FOUND);
  record_view r{};
  auto *at = static_cast<const uint8_t *>(again.data);
  ASSERT_EQ(parse_record(at, again.len + k_blank_min, true, &r), record_kind::message);
  EXPECT_EQ(r.body, "held by a reader");
  again.owner->ops->release(again.owner, 1);
  EXPECT_LE(store_->stats().mapped_bytes.load(), mapped + config_.segment_size);
}

TEST_F(retention_test, log_files_go_in_steps_and_a_kill_in_between_loses_nothing_else) {
  config_.retention_hours = {};
  config_.retention_bytes = 2 * config_.segment_size;
  open();
  for (int round = 0; round < 5; round++) {
    fill_files(3);
    look();
    std::string newest = bodies("T", sent_ % 2).back();
    reopen_after_kill();
    EXPECT_EQ(bodies("T", sent_ % 2).back(), newest);
    auto a = info("T", 0);
    auto b = info("T", 1);
    EXPECT_EQ(a.max + b.max, sent_);
    EXPECT_EQ(static_cast<int64_t>(bodies("T", 0).size()), a.max - a.min);
  }
}

TEST_F(retention_test, hours_are_read_strictly) {
  std::vector<int32_t> hours;
  EXPECT_TRUE(parse_hours("04", &hours));
  EXPECT_EQ(hours, std::vector<int32_t>{4});
  EXPECT_TRUE(parse_hours("4;16;23", &hours));
  EXPECT_EQ(hours, (std::vector<int32_t>{4, 16, 23}));
  EXPECT_TRUE(parse_hours("", &hours));
  EXPECT_TRUE(hours.empty());
  EXPECT_FALSE(parse_hours("24", &hours));
  EXPECT_FALSE(parse_hours("four", &hours));
}

}  // namespace
}  // namespace stn::store_mmap::testing
