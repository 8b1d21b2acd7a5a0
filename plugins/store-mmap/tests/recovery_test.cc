#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "store_fixture.h"

namespace stn::store_mmap::testing {
namespace {

class recovery_test : public store_fixture {
 protected:
  std::vector<std::string> fill(int n, int from = 0) {
    std::vector<std::string> sent;
    for (int i = from; i < from + n; i++) {
      sent.push_back(std::to_string(i) + std::string(static_cast<size_t>(i * 13 % 900), 'y'));
      put({.queue = i % 2, .body = sent.back()});
    }
    return sent;
  }
  std::filesystem::path log_file(int64_t base) {
    return dir_ / "store/commitlog" / offset_name(base);
  }
  static void overwrite(const std::filesystem::path &file, int64_t at, const std::string &bytes) {
    std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(at);
    f.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::vector<std::string> both_queues() {
    std::vector<std::string> even = bodies("T", 0);
    std::vector<std::string> odd = bodies("T", 1);
    std::vector<std::string> out;
    for (size_t i = 0; i < even.size() + odd.size(); i++) {
      out.push_back(i % 2 == 0 ? even.at(i / 2) : odd.at(i / 2));
    }
    return out;
  }
};

TEST_F(recovery_test, a_clean_stop_leaves_nothing_to_check) {
  open();
  auto sent = fill(300);
  reopen_cleanly();
  EXPECT_FALSE(store_->report().unclean);
  EXPECT_EQ(store_->report().records, 0);
  EXPECT_EQ(both_queues(), sent);
  EXPECT_EQ(put({.queue = 0}).r[1], 150);
}

TEST_F(recovery_test, after_a_kill_everything_written_is_there) {
  open();
  auto sent = fill(200);
  ASSERT_TRUE(store_->checkpoint_now().ok());
  auto more = fill(50, 200);
  sent.insert(sent.end(), more.begin(), more.end());
  reopen_after_kill();
  EXPECT_TRUE(store_->report().unclean);
  EXPECT_EQ(store_->report().records, 50);
  EXPECT_EQ(both_queues(), sent);
}

// Whatever the size of the store: what was checkpointed is not looked at, not even mapped.
TEST_F(recovery_test, a_start_looks_at_the_tail_only) {
  int64_t mapped[2] = {};
  for (int round = 0; round < 2; round++) {
    config_.dir = dir_ / std::to_string(round);
    open();
    fill(round == 0 ? 200 : 2000);
    ASSERT_TRUE(store_->checkpoint_now().ok());
    fill(20, 2000);
    int64_t files = store_->segments().end() / config_.segment_size;
    EXPECT_GT(files, round == 0 ? 1 : 14);
    reopen_after_kill();
    EXPECT_EQ(store_->report().records, 20);
    mapped[round] = store_->stats().mapped_segments.load();
  }
  EXPECT_LE(mapped[1], std::max<int64_t>(mapped[0], 3));
}

TEST_F(recovery_test, queue_entries_of_messages_that_are_lost_go_too) {
  open();
  auto sent = fill(100);
  ASSERT_TRUE(store_->checkpoint_now().ok());
  int64_t kept = store_->state().end.load();
  fill(40, 100);
  ASSERT_TRUE(store_->checkpoint_now().ok());  // entries of all 140 are in the files
  store_.reset();
  std::filesystem::remove(dir_ / "store/checkpoint");
  overwrite(log_file(kept - kept % config_.segment_size), kept % config_.segment_size,
            std::string(200, '\0'));
  open();
  EXPECT_EQ(store_->state().end.load(), kept);
  EXPECT_EQ(both_queues(), sent);
  EXPECT_EQ(put({.queue = 0}).r[1], 50);
}

TEST_F(recovery_test, lost_queue_files_are_made_again) {
  open();
  auto sent = fill(300);
  ASSERT_TRUE(store_->close().ok());
  std::filesystem::remove_all(dir_ / "store/consumequeue/T/1");
  open();
  EXPECT_TRUE(store_->report().queues_lost);
  EXPECT_EQ(both_queues(), sent);
}

// Making queues again reads the whole log; a bad record in it costs that record, not the rest of the log.
TEST_F(recovery_test, queues_are_made_again_past_a_damaged_record) {
  open();
  auto sent = fill(300);
  int64_t end = store_->state().end.load();
  int64_t phys[1];
  stn_entries e{sizeof(e), 1, 0, 0, phys, nullptr, nullptr};
  stn_error err{};
  ASSERT_EQ(store_->reader().entries(topic("T"), 0, 20, &e, &err), STN_OK);
  ASSERT_TRUE(store_->close().ok());
  std::filesystem::remove_all(dir_ / "store/consumequeue");
  overwrite(log_file(phys[0] - phys[0] % config_.segment_size), phys[0] % config_.segment_size + 90,
            "Z");
  open();
  EXPECT_EQ(store_->state().end.load(), end);
  EXPECT_EQ(store_->report().damaged, 1);
  EXPECT_GE(bodies("T", 1).size(), 149u);  // a neighbour in the same sector is not to be trusted
  std::vector<std::string> even = bodies("T", 0);
  EXPECT_EQ(even.size(), 149u);
  EXPECT_EQ(std::count(even.begin(), even.end(), sent[40]), 0);
  EXPECT_EQ(put({.queue = 0}).r[1], 150);
  stn_bslice out{};
  EXPECT_EQ(store_->reader().read(phys[0], &out, &err), STN_E_CORRUPT);
}

TEST_F(recovery_test, a_lost_checkpoint_means_looking_at_the_log) {
  open();
  auto sent = fill(300);
  ASSERT_TRUE(store_->close().ok());
  std::filesystem::remove(dir_ / "store/checkpoint");
  open();
  EXPECT_TRUE(store_->report().foreign);
  EXPECT_GT(store_->report().records, 0);
  EXPECT_EQ(both_queues(), sent);
}

TEST_F(recovery_test, a_second_process_is_kept_out) {
  open();
  fill(1);
  // The lock is held per process, so a child tries.
  pid_t child = fork();
  if (child == 0) {
    result<file_io::handle> h = posix_files().lock(config_.dir + "/lock");
    _exit(h.ok() ? 0 : h.error().code());
  }
  int code = 0;
  waitpid(child, &code, 0);
  EXPECT_EQ(WEXITSTATUS(code), STN_E_BUSY);
}

// The tail of the log is cut at every byte of its last record: what was before is there, the rest is gone, and the place
// is used again.
TEST_F(recovery_test, a_torn_tail_is_cut_at_any_byte) {
  open();
  auto sent = fill(9);
  ASSERT_TRUE(store_->checkpoint_now().ok());
  put({.queue = 1, .body = "before"});
  int64_t start = store_->state().end.load();
  put({.queue = 0, .body = "last one"});
  int64_t end = store_->state().end.load();
  store_.reset();
  std::filesystem::copy(dir_ / "store", dir_ / "kept", std::filesystem::copy_options::recursive);
  for (int64_t cut = start; cut < end; cut++) {
    std::filesystem::remove_all(dir_ / "store");
    std::filesystem::copy(dir_ / "kept", dir_ / "store", std::filesystem::copy_options::recursive);
    overwrite(log_file(0), cut, std::string(static_cast<size_t>(end - cut), '\0'));
    open();
    bool whole = store_->state().end.load() == end;  // zeroes at its end may be what stood there
    EXPECT_TRUE(whole || store_->state().end.load() == start) << cut;
    EXPECT_EQ(bodies("T", 1).back(), "before");
    EXPECT_EQ(bodies("T", 0).size(), whole ? 6u : 5u);
    stn_cqe c = put({.queue = 0, .body = "again"});
    EXPECT_EQ(c.r[0], whole ? end : start);
    EXPECT_EQ(bodies("T", 0).back(), "again");
    store_.reset();
  }
}

TEST_F(recovery_test, garbage_behind_the_tail_is_zeroed) {
  open();
  fill(10);
  int64_t end = store_->state().end.load();
  store_.reset();
  overwrite(log_file(0), end + 100, std::string(3000, 'g'));
  open();
  store_.reset();
  std::ifstream f(log_file(0), std::ios::binary);
  std::string all((std::istreambuf_iterator<char>(f)), {});
  EXPECT_EQ(all.find('g', static_cast<size_t>(end)), std::string::npos);
}

TEST_F(recovery_test, damage_before_the_checkpoint_is_counted_and_never_served) {
  open();
  auto sent = fill(100);
  ASSERT_TRUE(store_->close().ok());
  int64_t phys[1];
  open();
  stn_entries e{sizeof(e), 1, 0, 0, phys, nullptr, nullptr};
  stn_error err{};
  ASSERT_EQ(store_->reader().entries(topic("T"), 0, 20, &e, &err), STN_OK);
  ASSERT_TRUE(store_->close().ok());
  overwrite(log_file(0), phys[0] + 90, "Z");  // inside the body of message 40
  open();
  std::vector<std::string> even = bodies("T", 0);
  EXPECT_EQ(even.size(), 49u);
  EXPECT_EQ(std::count(even.begin(), even.end(), sent[40]), 0);
  EXPECT_EQ(store_->stats().corrupt_records.load(), 1);
  stn_bslice out{};
  EXPECT_EQ(store_->reader().read(phys[0], &out, &err), STN_E_CORRUPT);
}

TEST_F(recovery_test, a_dropped_topic_stays_dropped) {
  open();
  fill(20);
  put({.topic = "U", .body = "u"});
  ASSERT_TRUE(store_->drop_topic(topic("T")).ok());
  EXPECT_EQ(info("T", 0).max, 0);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "store/consumequeue/T"));
  reopen_after_kill();
  EXPECT_EQ(info("T", 0).max, 0);
  EXPECT_EQ(bodies("U", 0).size(), 1u);
  EXPECT_EQ(put({.topic = "T"}).r[1], 0);
  EXPECT_EQ(bodies("T", 0).size(), 1u);
}

TEST_F(recovery_test, files_of_another_size_are_refused_not_removed) {
  open();
  fill(100);
  ASSERT_TRUE(store_->close().ok());
  config_.segment_size = 128 << 10;
  status s = try_open();
  EXPECT_EQ(s.code(), STN_E_CORRUPT);
  EXPECT_TRUE(std::filesystem::exists(log_file(0)));
}

TEST_F(recovery_test, many_starts_and_stops_keep_everything) {
  std::vector<std::string> sent;
  for (int round = 0; round < 6; round++) {
    open();
    auto more = fill(120, round * 120);
    sent.insert(sent.end(), more.begin(), more.end());
    if (round % 2 == 0) {
      ASSERT_TRUE(store_->close().ok());
    }
  }
  open();
  EXPECT_EQ(both_queues(), sent);
}

// A crash may lose the name of a queue's first file and keep that of the second.
TEST_F(recovery_test, a_queue_begins_with_its_first_message_whatever_files_are_there) {
  config_.queue_file_entries = 4;
  open();
  for (int i = 0; i < 6; i++) put({.body = std::to_string(i)});
  auto files = dir_ / "store" / "consumequeue" / "T" / "0";
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!std::filesystem::exists(files / offset_name(80)) &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  store_.reset();
  ASSERT_TRUE(std::filesystem::remove(files / offset_name(0)));
  open();
  EXPECT_EQ(info("T", 0).min, 0);
  EXPECT_EQ(bodies("T", 0).size(), 6u);
}

// Killed again and again, long before a checkpoint is due.
TEST_F(recovery_test, a_crash_is_checked_once) {
  open();
  for (int i = 0; i < 20; i++) put({.body = std::string(3000, 'x')});
  reopen_after_kill();
  EXPECT_GE(store_->report().records, 20);
  const int64_t end = store_->state().end.load();
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto saved = [&] { return checkpoint::load(posix_files(), config_.dir + "/checkpoint").value(); };
  while (saved().log_end != end && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  put({.body = "after"});
  reopen_after_kill();
  EXPECT_EQ(store_->report().from, end);
  EXPECT_EQ(store_->report().records, 1);
}

}  // namespace
}  // namespace stn::store_mmap::testing
