#include <thread>

#include "fault_files.h"
#include "store_fixture.h"

namespace stn::store_mmap::testing {
namespace {

constexpr auto k_heal_limit = std::chrono::seconds(2);

// On a disk in memory with so many bytes left.
class full_disk_test : public store_fixture {
 protected:
  void SetUp() override {
    store_fixture::SetUp();
    config_.dir = "/store";
    config_.sync_flush = true;
    config_.space_reserve = 16 << 10;
    config_.space_interval_ms = 100;
    config_.index_interval_ms = 5;
  }
  void TearDown() override {
    store_.reset();
    store_fixture::TearDown();
  }
  file_io &files() override { return disk_; }

  // What the attempt is answered; OK: acknowledged.
  stn_status try_put(int i) {
    collector c;
    stn_status st = append({{.queue = i % 2,
                             .body = std::to_string(i) + std::string(900, 'z'),
                             .props = "KEYS\1k" + std::to_string(i)}},
                           c);
    if (st != STN_OK) return st;
    auto got = c.wait(1);
    if (got.size() != 1) return STN_E_TIMEOUT;
    if (got[0].status == STN_OK) acknowledged_[i % 2].push_back(std::to_string(i));
    return got[0].status;
  }
  void expect_everything_acknowledged() {
    for (int q = 0; q < 2; q++) {
      std::vector<std::string> there;
      for (const std::string &b : bodies("T", q)) there.push_back(b.substr(0, b.find('z')));
      EXPECT_EQ(there, acknowledged_[q]);
    }
  }

  fault_files disk_;
  std::vector<std::string> acknowledged_[2];
};

TEST_F(full_disk_test, fifty_times_full_and_free) {
  disk_.set_space(1 << 20);
  open();
  int next = 0;
  for (int cycle = 0; cycle < 50; cycle++) {
    stn_status st = STN_OK;
    for (int tries = 0; st == STN_OK && tries < 5000; tries++) st = try_put(next++);
    ASSERT_EQ(st, STN_E_NO_SPACE) << cycle;
    for (int i = 0; i < 20; i++) EXPECT_EQ(try_put(next++), STN_E_NO_SPACE);
    expect_everything_acknowledged();  // consumers go on
    ASSERT_EQ(store_->stats().read_only.load(), 0);
    disk_.set_space(512 << 10);
    auto freed = std::chrono::steady_clock::now();
    do {
      st = try_put(next++);
      std::this_thread::yield();
    } while (st == STN_E_NO_SPACE && std::chrono::steady_clock::now() - freed < k_heal_limit);
    ASSERT_EQ(st, STN_OK) << "cycle " << cycle << ": not within two seconds";
  }
  reopen_cleanly();
  expect_everything_acknowledged();
}

TEST_F(full_disk_test, what_was_acknowledged_before_survives_a_kill_on_the_full_disk) {
  disk_.set_space(600 << 10);
  open();
  int next = 0;
  while (try_put(next) == STN_OK) next++;
  reopen_after_kill();
  expect_everything_acknowledged();
  EXPECT_EQ(try_put(next), STN_E_NO_SPACE);
}

TEST_F(full_disk_test, the_oldest_files_make_room_when_they_may) {
  config_.space_low = 200 << 10;
  disk_.set_space(1 << 20);
  open();
  int next = 0;
  while (try_put(next) == STN_OK) next++;
  // This disk does not give space back by itself; that files go is what counts.
  EXPECT_GT(store_->keeper().look(false) + store_->stats().dropped_segments.load(), 0);
  EXPECT_GT(info("T", 0).min, 0);
}

}  // namespace
}  // namespace stn::store_mmap::testing
