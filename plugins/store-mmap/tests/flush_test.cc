// What "acknowledged" means under sync flush, and what happens when the disk fails.
#include <gtest/gtest.h>

#include <thread>

#include "fault_files.h"
#include "store_probe.h"

namespace stn::store_mmap::testing {
namespace {

const std::string k_dir = "/data/store";

bool is_log(const op_info &op) { return op.path.find("/commitlog") != std::string::npos; }

// Holds back operations until told otherwise.
class gate {
 public:
  void close() {
    std::lock_guard lock(mu_);
    closed_ = true;
  }
  void open() {
    std::lock_guard lock(mu_);
    closed_ = false;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mu_);
    waiting_++;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !closed_; });
    waiting_--;
  }
  bool wait_for_one() {
    std::unique_lock lock(mu_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return waiting_ != 0; });
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  bool closed_ = false;
  int waiting_ = 0;
};

class flush_test : public ::testing::Test {
 protected:
  void start(bool sync_flush = true) {
    config_ = small_settings(k_dir, sync_flush);
    probe_ = std::make_unique<store_probe>(disk_, config_);
    status s = probe_->open();
    ASSERT_TRUE(s.ok()) << s.message();
  }
  stn_status put(const sample &m) { return probe_->append({&m}); }
  stn_queue_info info() {
    stn_queue_info i{};
    int32_t queue = 0;
    probe_->store().queue_info(probe_->store().queues().intern("T").value(), &queue, 1, &i);
    return i;
  }
  stn_status read_at(int64_t phys) {
    stn_bslice out{};
    stn_error err{};
    stn_status st = probe_->store().reader().read(phys, &out, &err);
    if (st == STN_OK) out.owner->ops->release(out.owner, 1);
    return st;
  }
  int64_t served() {
    int64_t min = 0;
    std::vector<testing::served> got = probe_->read_queue("T", 0, &min);
    return static_cast<int64_t>(
        std::count_if(got.begin(), got.end(), [](auto &s) { return s.good; }));
  }

  // What hooks of the disk use outlives the store.
  gate gate_;
  std::atomic<int> count_{0};
  std::atomic<std::mutex *> append_lock_{nullptr};  // of the open store; hooks run while it goes
  std::atomic<bool> failing_{false};
  std::mutex ops_mu_;
  std::vector<op_info> ops_;
  fault_files disk_;
  settings config_;
  sample one_{"T", 0, "one", "K\1v", 1};
  sample two_{"T", 0, "two", "K\1v", 2};
  sample large_{"T", 0, std::string(9000, 'x'), "K\1v", 3};
  std::unique_ptr<store_probe> probe_;
};

TEST_F(flush_test, nothing_is_acknowledged_or_served_before_the_sync) {
  disk_.before = [&](const op_info &op) {
    if (op.kind == file_op::sync_range) gate_.pass();
  };
  start();
  gate_.close();
  ASSERT_EQ(put(one_), STN_OK);
  ASSERT_TRUE(gate_.wait_for_one());
  EXPECT_EQ(probe_->completed(), 0u);
  EXPECT_EQ(info().max, 0);
  EXPECT_EQ(served(), 0);
  EXPECT_EQ(read_at(0), STN_E_NOT_FOUND)
      << "a message that a crash could take back is found by its position";
  gate_.open();
  ASSERT_TRUE(probe_->wait(1));
  EXPECT_EQ(probe_->completions()[0].status, STN_OK);
  EXPECT_EQ(info().max, 1);
  EXPECT_EQ(served(), 1);
  EXPECT_EQ(read_at(0), STN_OK);
}

TEST_F(flush_test, appends_go_on_while_a_sync_is_under_way_and_share_the_next) {
  disk_.before = [&](const op_info &op) {
    if (op.kind != file_op::sync_range) return;
    count_++;
    gate_.pass();
  };
  start();
  gate_.close();
  ASSERT_EQ(put(one_), STN_OK);
  ASSERT_TRUE(gate_.wait_for_one());
  for (int i = 0; i < 50; i++)
    ASSERT_EQ(put(two_), STN_OK);  // would hang if the sync held the append lock
  EXPECT_EQ(probe_->completed(), 0u);
  gate_.open();
  ASSERT_TRUE(probe_->wait(51));
  EXPECT_EQ(probe_->acknowledged(), 51u);
  EXPECT_EQ(count_.load(), 2);
}

// The making of a file, syncs included, happens without the append lock: others append meanwhile.
TEST_F(flush_test, no_sync_runs_under_the_append_lock) {
  disk_.before = [&](const op_info &op) {
    if (op.kind != file_op::sync && op.kind != file_op::sync_dir &&
        op.kind != file_op::sync_range) {
      return;
    }
    std::mutex *append_lock = append_lock_.load();
    if (append_lock == nullptr) return;
    std::unique_lock lock(*append_lock, std::try_to_lock);
    // Somebody else may hold it for a moment; whoever holds it for this operation never lets go.
    for (int i = 0; i < 1000 && !lock.owns_lock(); i++) {
      std::this_thread::yield();
      lock.try_lock();
    }
    if (!lock.owns_lock()) count_++;
  };
  start();
  append_lock_ = &probe_->store().append_lock();
  size_t asked = 0;
  for (int i = 0; i < 40; i++, asked++) ASSERT_EQ(put(large_), STN_OK);
  ASSERT_TRUE(probe_->wait(asked));
  EXPECT_GT(probe_->store().segments().end(), 20 * config_.segment_size);
  EXPECT_EQ(count_.load(), 0);
}

TEST_F(flush_test, a_new_file_is_on_the_disk_with_its_name_before_it_is_used) {
  disk_.before = [&](const op_info &op) {
    std::lock_guard lock(ops_mu_);
    if (is_log(op)) ops_.push_back(op);
  };
  start();
  size_t asked = 0;
  for (int i = 0; i < 10; i++, asked++) ASSERT_EQ(put(large_), STN_OK);
  ASSERT_TRUE(probe_->wait(asked));
  std::lock_guard lock(ops_mu_);
  int created = 0;
  for (size_t i = 0; i < ops_.size(); i++) {
    if (ops_[i].kind != file_op::create) continue;
    created++;
    size_t data = i;
    bool file = false;
    bool name = false;
    for (; data < ops_.size(); data++) {
      if (ops_[data].kind == file_op::sync && ops_[data].path == ops_[i].path) file = true;
      if (ops_[data].kind == file_op::sync_dir) name = true;
      if (ops_[data].kind == file_op::sync_range && ops_[data].path == ops_[i].path) break;
    }
    if (data == ops_.size()) continue;  // made ahead, not used yet
    EXPECT_TRUE(file && name) << ops_[i].path;
  }
  EXPECT_GT(created, 5);
}

TEST_F(flush_test, a_failed_sync_is_final) {
  disk_.refuse = [&](const op_info &op) -> stn_status {
    if (!failing_) return STN_OK;
    // A file of the log that is being made ahead is synced, too.
    if (op.kind == file_op::sync_range || (op.kind == file_op::sync && !is_log(op))) count_++;
    return op.kind == file_op::sync_range ? STN_E_IO : STN_OK;
  };
  start();
  ASSERT_EQ(put(one_), STN_OK);
  ASSERT_TRUE(probe_->wait(1));
  failing_ = true;
  ASSERT_EQ(put(two_), STN_OK);
  ASSERT_TRUE(probe_->wait(2));
  EXPECT_EQ(probe_->completions()[1].status, STN_E_IO);
  EXPECT_EQ(put(two_), STN_E_IO);
  EXPECT_EQ(served(), 1) << "what was on the disk is served on";
  EXPECT_EQ(probe_->store().checkpoint_now().code(), STN_E_IO);
  EXPECT_EQ(probe_->store().stats().read_only.load(), 1);
  EXPECT_EQ(count_.load(), 1) << "nothing is tried again";
  failing_ = false;
  EXPECT_EQ(put(two_), STN_E_IO) << "also when the disk answers again";
  (void)probe_->store().close();
  probe_.reset();
  EXPECT_NE(disk_.contents(k_dir + "/abort"), nullptr) << "the next start checks the log";
  start();
  EXPECT_GE(served(), 1);
  EXPECT_EQ(put(two_), STN_OK);
}

TEST_F(flush_test, a_failed_write_of_queue_files_is_final) {
  disk_.refuse = [&](const op_info &op) -> stn_status {
    bool queue = op.path.find("/consumequeue/") != std::string::npos;
    return failing_ && queue && op.kind == file_op::write ? STN_E_IO : STN_OK;
  };
  start();
  failing_ = true;
  ASSERT_EQ(put(one_), STN_OK);
  ASSERT_TRUE(probe_->wait(1));
  (void)probe_->store().checkpoint_now();
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (probe_->store().stats().read_only.load() == 0 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(put(two_), STN_E_IO);
  EXPECT_EQ(served(), 1);
}

TEST_F(flush_test, a_new_file_that_cannot_be_synced_makes_the_store_read_only) {
  disk_.refuse = [&](const op_info &op) -> stn_status {
    return failing_ && is_log(op) && op.kind == file_op::sync ? STN_E_IO : STN_OK;
  };
  start();
  failing_ = true;
  stn_status st = STN_OK;
  for (int i = 0; i < 20 && st == STN_OK; i++) st = put(large_);
  EXPECT_EQ(st, STN_E_IO);
  EXPECT_EQ(put(one_), STN_E_IO) << "smaller ones, which would fit, neither";
  EXPECT_EQ(probe_->store().stats().read_only.load(), 1);
}

TEST_F(flush_test, no_space_for_a_new_file_is_not_final) {
  start();
  disk_.set_space(0);
  stn_status st = STN_OK;
  for (int i = 0; i < 20 && st == STN_OK; i++) st = put(large_);
  EXPECT_EQ(st, STN_E_NO_SPACE);
  EXPECT_EQ(probe_->store().stats().read_only.load(), 0);
  disk_.set_space(~uint64_t{0});
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  do {
    st = put(large_);
    std::this_thread::yield();
  } while (st == STN_E_NO_SPACE && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(st, STN_OK);
}

}  // namespace
}  // namespace stn::store_mmap::testing
