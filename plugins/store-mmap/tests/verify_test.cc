// `stanchion store verify` from files: what is damaged or does not agree is reported where it is.
#include <gtest/gtest.h>

#include "fault_files.h"
#include "store_check.h"
#include "store_probe.h"

namespace stn::store_mmap::testing {
namespace {

const std::string k_dir = "/data/store";

class verify_test : public ::testing::Test {
 protected:
  void SetUp() override {
    store_probe probe(disk_, small_settings(k_dir, true));
    ASSERT_TRUE(probe.open().ok());
    for (int i = 0; i < 50; i++) {
      sample s{i % 3 == 0 ? "Orders" : "T", i % 2, std::string(300 + i, 'b'), "TAGS\1TagA", i};
      ASSERT_EQ(probe.append({&s}), STN_OK);
      ASSERT_TRUE(probe.wait(static_cast<size_t>(i) + 1));
    }
    for (const stn_cqe &c : probe.completions()) phys_.push_back(c.r[0]);
    ASSERT_TRUE(probe.store().close().ok());
  }

  check_totals verify(fault_files &disk) {
    problems_.clear();
    store_files store(disk, k_dir);
    status s = store.load();
    EXPECT_TRUE(s.ok()) << s.message();
    auto add = [this](const std::string &line) {
      if (line.find("index/") == std::string::npos) problems_.push_back(line);
    };
    return store_check(store, add).run();
  }
  bool is_reported(const std::string &what) {
    for (const std::string &p : problems_) {
      if (p.find(what) != std::string::npos) return true;
    }
    return false;
  }
  std::string shown() {
    std::string out;
    for (const std::string &p : problems_) out += p + "\n";
    return out;
  }
  void flip(fault_files &disk, const std::string &path, size_t at) {
    (*disk.contents(k_dir + "/" + path))[at] ^= 0x10;
  }
  std::string log_name(int64_t phys) {
    int64_t size = small_settings(k_dir, true).segment_size;
    return "commitlog/" + offset_name(phys - phys % size);
  }

  fault_files disk_;
  std::vector<int64_t> phys_;
  std::vector<std::string> problems_;
};

TEST_F(verify_test, a_good_store_has_no_problems) {
  check_totals t = verify(disk_);
  EXPECT_EQ(t.problems, 0) << shown();
  EXPECT_EQ(t.records, 50);
  EXPECT_EQ(t.entries, 50);
  EXPECT_EQ(t.queues, 4);
}

TEST_F(verify_test, every_byte_of_a_record_is_guarded) {
  int64_t size = small_settings(k_dir, true).segment_size;
  int64_t at = phys_[20];
  for (int64_t byte = at; byte < phys_[21]; byte++) {
    auto disk = disk_.copy();
    flip(*disk, log_name(at), static_cast<size_t>(byte % size));
    EXPECT_GT(verify(*disk).problems, 0) << "byte " << byte - at << " of the record";
    EXPECT_TRUE(is_reported("commitlog +" + std::to_string(at) + ":") ||
                is_reported("commitlog +" + std::to_string(byte - byte % 512) + ":"))
        << shown();
  }
}

TEST_F(verify_test, every_byte_of_a_queue_entry_is_guarded) {
  for (size_t byte = 0; byte < k_entry_size; byte++) {
    auto disk = disk_.copy();
    flip(*disk, "consumequeue/T/0/00000000000000000000", 3 * k_entry_size + byte);
    EXPECT_GT(verify(*disk).problems, 0) << byte;
    EXPECT_TRUE(is_reported("consumequeue/T/0/00000000000000000000 +60: offset 3")) << shown();
  }
}

TEST_F(verify_test, missing_files_and_entries_are_named) {
  auto disk = disk_.copy();
  ASSERT_TRUE(disk->remove(k_dir + "/consumequeue/Orders/1/00000000000000000000").ok());
  EXPECT_EQ(verify(*disk).problems, 1);
  EXPECT_TRUE(is_reported("consumequeue/Orders/1 +0: entries 0 to ")) << shown();
  disk = disk_.copy();
  ASSERT_TRUE(disk->remove(k_dir + "/commitlog/00000000000000000000").ok());
  verify(*disk);
  EXPECT_TRUE(problems_.empty()) << "messages that retention removed are no problem: " << shown();
}

TEST_F(verify_test, zeroes_in_the_middle_are_found_and_passed) {
  auto disk = disk_.copy();
  int64_t size = small_settings(k_dir, true).segment_size;
  fault_files::bytes &log = *disk->contents(k_dir + "/" + log_name(phys_[10]));
  std::fill_n(log.begin() + phys_[10] % size, phys_[12] - phys_[10], uint8_t{0});
  check_totals t = verify(*disk);
  EXPECT_EQ(t.records, 48);
  EXPECT_TRUE(is_reported("commitlog +" + std::to_string(phys_[10]) +
                          ": no record can be read; the next one is at " +
                          std::to_string(phys_[12])))
      << shown();
}

}  // namespace
}  // namespace stn::store_mmap::testing
