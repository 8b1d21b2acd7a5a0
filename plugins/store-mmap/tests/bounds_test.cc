// What a large store may hold of address space and descriptors.
#include <sys/stat.h>

#include "store_fixture.h"

namespace stn::store_mmap::testing {
namespace {

class bounds_test : public store_fixture {
 protected:
  size_t open_descriptors() {
    size_t n = 0;
    for (auto &e : std::filesystem::directory_iterator("/proc/self/fd")) {
      n += e.path().empty() ? 0 : 1;
    }
    return n;
  }
};

TEST_F(bounds_test, reading_a_long_log_keeps_to_the_mapping_limit) {
  config_.mapped_max = 6 * config_.segment_size;
  open();
  const int n = 2000;
  for (int i = 0; i < n; i++) put({.body = std::to_string(i) + std::string(1000, 'b')});
  ASSERT_GT(store_->segments().end(), 25 * config_.segment_size);
  reopen_cleanly();
  auto all = bodies("T", 0);
  ASSERT_EQ(all.size(), static_cast<size_t>(n));
  for (size_t i = 0; i < all.size(); i++) {
    EXPECT_EQ(all[i], std::to_string(i) + std::string(1000, 'b'));
  }
  EXPECT_LE(store_->stats().mapped_segments.load(), 6);
  EXPECT_LE(store_->stats().mapped_bytes.load(), 6 * config_.segment_size);
}

TEST_F(bounds_test, many_queues_keep_to_the_limit_of_open_files) {
  config_.open_files_max = 32;
  open();
  const size_t before = open_descriptors();
  for (int q = 0; q < 500; q++) put({.queue = q});
  ASSERT_TRUE(store_->checkpoint_now().ok());
  for (int q = 0; q < 500; q++) EXPECT_EQ(bodies("T", q).size(), 1u);
  EXPECT_EQ(store_->stats().queues.load(), 500);
  EXPECT_LE(store_->stats().open_files.load(), 40);
  EXPECT_LE(open_descriptors(), before + 60);
}

TEST_F(bounds_test, a_start_after_a_kill_keeps_queue_files_sparse) {
  config_.queue_file_entries = 300000;
  open();
  for (int q = 0; q < 20; q++) put({.queue = q});
  ASSERT_TRUE(store_->checkpoint_now().ok());
  for (int q = 0; q < 20; q++) put({.queue = q});
  reopen_after_kill();
  ASSERT_TRUE(store_->checkpoint_now().ok());
  int files = 0;
  for (auto &e : std::filesystem::recursive_directory_iterator(dir_ / "store" / "consumequeue")) {
    if (!e.is_regular_file()) continue;
    struct stat st {};
    ASSERT_EQ(::stat(e.path().c_str(), &st), 0);
    EXPECT_EQ(st.st_size, 6000000);
    EXPECT_LE(st.st_blocks * 512, 64 << 10) << e.path();
    files++;
  }
  EXPECT_EQ(files, 20);
  for (int q = 0; q < 20; q++) EXPECT_EQ(bodies("T", q).size(), 2u);
}

// Queue files are written when the test says so: what waits for them meanwhile is bounded, and none of it is lost.
TEST_F(bounds_test, entries_without_a_file_take_bounded_memory) {
  config_.queue_write_interval_ms = config_.checkpoint_interval_ms = 3600000;
  config_.queue_memory_max = 64 << 10;
  open();
  std::vector<int> taken(8, 0);
  for (int round = 0; round < 3; round++) {
    stn_status st = STN_OK;
    for (int i = 0; i < 20000; i++) {
      collector c;
      st = append({{.queue = i % 8}}, c);
      if (st != STN_OK) break;
      ASSERT_EQ(c.wait(1).size(), 1u);
      taken[static_cast<size_t>(i % 8)]++;
    }
    EXPECT_EQ(st, STN_E_BUSY);
    EXPECT_EQ(store_->stats().busy_refusals.load(), round + 1);
    EXPECT_GT(store_->stats().queue_memory.load(), config_.queue_memory_max);
    EXPECT_LE(store_->stats().queue_memory.load(), 2 * config_.queue_memory_max);
    ASSERT_TRUE(store_->checkpoint_now().ok());
    EXPECT_LE(store_->stats().queue_memory.load(), config_.queue_memory_max / 2);
  }
  for (int q = 0; q < 8; q++) {
    EXPECT_EQ(bodies("T", q).size(), static_cast<size_t>(taken[static_cast<size_t>(q)]));
  }
  store_.reset();
}

TEST_F(bounds_test, only_the_newest_index_file_is_mapped) {
  config_.index_entries = 64;
  open();
  for (int i = 0; i < 600; i++) put({.props = "KEYS\1k" + std::to_string(i)});
  ASSERT_TRUE(store_->index().finish().ok());
  EXPECT_GT(store_->stats().index_files.load(), 5);
  const int64_t log = store_->stats().mapped_segments.load() * config_.segment_size;
  const int64_t one = 40 + config_.index_slots * 4 + config_.index_entries * 20;
  EXPECT_EQ(store_->stats().mapped_bytes.load(), log + one);
}

}  // namespace
}  // namespace stn::store_mmap::testing
