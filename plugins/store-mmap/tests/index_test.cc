#include <fstream>

#include "store_fixture.h"

namespace stn::store_mmap::testing {
namespace {

std::string keys(const std::string &k, const std::string &unique = {}) {
  std::string props = "KEYS\1" + k;
  if (!unique.empty()) props += "\2UNIQ_KEY\1" + unique;
  return props;
}

class index_test : public store_fixture {
 protected:
  void SetUp() override {
    store_fixture::SetUp();
    config_.index_slots = 8;  // chains are long and mix keys
    config_.index_entries = 64;
  }
  struct answer {
    stn_status status;
    std::vector<std::string> bodies;
    int64_t indexed_ms;
  };
  answer find(const std::string &name, const std::string &key, int64_t from = 0,
              int64_t to = INT64_MAX, uint32_t max = 32) {
    std::vector<stn_bslice> records(max);
    stn_key_query q{sizeof(q), max, {name.data(), name.size()}, {key.data(), key.size()}, from, to};
    stn_key_found out{};
    out.size = sizeof(out);
    out.cap = max;
    out.records = records.data();
    stn_error err{};
    answer a{store_->index().find(q, &out, &err), {}, out.indexed_ms};
    for (uint32_t i = 0; a.status == STN_OK && i < out.n; i++) {
      record_view v{};
      auto *at = static_cast<const uint8_t *>(records[i].data);
      EXPECT_EQ(parse_record(at, records[i].len + k_blank_min, true, &v), record_kind::message);
      a.bodies.emplace_back(v.body);
      records[i].owner->ops->release(records[i].owner, 1);
    }
    return a;
  }
  std::vector<std::string> found(const std::string &name, const std::string &key) {
    return find(name, key).bodies;
  }
  void fill(int n, int from = 0) {
    for (int i = from; i < from + n; i++) {
      now_ms_ += 100;
      put({.queue = i % 2,
           .body = "b" + std::to_string(i),
           .props = keys("k" + std::to_string(i) + " all", "U" + std::to_string(i))});
    }
  }
  void expect_all(int n) {
    for (int i = 0; i < n; i++) {
      std::string body = "b" + std::to_string(i);
      EXPECT_EQ(found("T", "k" + std::to_string(i)), std::vector{body}) << i;
      EXPECT_EQ(found("T", "U" + std::to_string(i)), std::vector{body}) << i;
    }
  }
  std::vector<std::filesystem::path> files_of_index() {
    std::vector<std::filesystem::path> out;
    for (auto &e : std::filesystem::directory_iterator(dir_ / "store/index")) {
      out.push_back(e.path());
    }
    std::sort(out.begin(), out.end());
    return out;
  }
};

TEST_F(index_test, keys_and_unique_key_find_the_message_at_once) {
  open();
  put({.body = "one", .props = keys("a b", "U1")});
  put({.body = "two", .props = keys("b", "U2")});
  put({.topic = "Other", .body = "three", .props = keys("b", "U3")});
  EXPECT_EQ(found("T", "a"), std::vector<std::string>{"one"});
  EXPECT_EQ(found("T", "b"), (std::vector<std::string>{"two", "one"}));
  EXPECT_EQ(found("T", "U1"), std::vector<std::string>{"one"});
  EXPECT_EQ(found("Other", "b"), std::vector<std::string>{"three"});
  EXPECT_TRUE(found("T", "a b").empty());
  EXPECT_TRUE(found("T", "c").empty());
  EXPECT_TRUE(found("U", "b").empty());
}

TEST_F(index_test, newest_come_first_up_to_the_limit_over_several_files) {
  open();
  fill(150);
  auto newest = find("T", "all", 0, INT64_MAX, 32).bodies;
  ASSERT_EQ(newest.size(), 32u);
  for (size_t i = 0; i < newest.size(); i++) EXPECT_EQ(newest[i], "b" + std::to_string(149 - i));
  expect_all(150);
  EXPECT_GT(files_of_index().size(), 3u);
}

TEST_F(index_test, time_range_includes_both_ends_to_the_millisecond) {
  open();
  const int64_t start = now_ms_;
  fill(100);
  auto in = [&](int64_t from, int64_t to) { return find("T", "all", from, to, 200).bodies; };
  EXPECT_EQ(in(start + 100, start + 100), std::vector<std::string>{"b0"});
  EXPECT_EQ(in(start + 5000, start + 5200), (std::vector<std::string>{"b51", "b50", "b49"}));
  EXPECT_TRUE(in(start + 5001, start + 5099).empty());
  EXPECT_TRUE(in(start + 10001, start + 99999).empty());
  EXPECT_EQ(in(0, start + 10000).size(), 100u);
  EXPECT_EQ(find("T", "all").indexed_ms, start + 10000);
}

// "Aa" and "BB" have the same hash in Java.
TEST_F(index_test, keys_of_equal_hash_are_told_apart) {
  open();
  put({.body = "one", .props = keys("Aa")});
  put({.body = "two", .props = keys("BB")});
  ASSERT_EQ(index_hash("T#Aa"), index_hash("T#BB"));
  EXPECT_EQ(found("T", "Aa"), std::vector<std::string>{"one"});
  EXPECT_EQ(found("T", "BB"), std::vector<std::string>{"two"});
}

// Expected values: java.lang.String.hashCode of the strings.
TEST_F(index_test, hash_is_that_of_java) {
  EXPECT_EQ(index_hash("Topic#key"), 1904065301);
  EXPECT_EQ(index_hash("polygenelubricants"), 0);  // Integer.MIN_VALUE
  EXPECT_EQ(index_hash("T#\xE8\xAE\xA2\xE5\x8D\x95"), 3665538);
}

TEST_F(index_test, layout_is_the_original_one) {
  open();
  now_ms_ = 1700000000123;
  int64_t first = put({.body = "one", .props = keys("a")}).r[0];
  now_ms_ += 2500;
  int64_t second = put({.body = "two", .props = keys("a")}).r[0];
  ASSERT_TRUE(store_->close().ok());
  auto all = files_of_index();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].filename().string().size(), 17u);
  std::ifstream f(all[0], std::ios::binary);
  std::string raw((std::istreambuf_iterator<char>(f)), {});
  ASSERT_EQ(raw.size(), 40u + 8 * 4 + 64 * 20);
  using protocol::load_i32;
  using protocol::load_i64;
  EXPECT_EQ(load_i64(&raw[0]), 1700000000123);
  EXPECT_EQ(load_i64(&raw[8]), 1700000002623);
  EXPECT_EQ(load_i64(&raw[16]), first);
  EXPECT_EQ(load_i64(&raw[24]), second);
  EXPECT_EQ(load_i32(&raw[32]), 1);
  EXPECT_EQ(load_i32(&raw[36]), 3);
  const int32_t hash = index_hash("T#a");
  EXPECT_EQ(load_i32(&raw[40 + static_cast<size_t>(hash % 8) * 4]), 2);
  const char *entry = &raw[40 + 8 * 4 + 2 * 20];
  EXPECT_EQ(load_i32(entry), hash);
  EXPECT_EQ(load_i64(entry + 4), second);
  EXPECT_EQ(load_i32(entry + 12), 2);
  EXPECT_EQ(load_i32(entry + 16), 1);
}

TEST_F(index_test, a_clean_start_goes_on_where_it_was) {
  open();
  fill(50);
  expect_all(50);
  auto before = files_of_index().size();
  reopen_cleanly();
  EXPECT_EQ(files_of_index().size(), before);
  expect_all(50);
  fill(50, 50);
  expect_all(100);
  EXPECT_EQ(find("T", "all", 0, INT64_MAX, 200).bodies.size(), 100u);
}

TEST_F(index_test, after_a_kill_the_index_matches_the_log) {
  open();
  fill(40);
  ASSERT_TRUE(store_->index().finish().ok());
  ASSERT_TRUE(store_->checkpoint_now().ok());
  fill(60, 40);
  expect_all(100);
  reopen_after_kill();
  expect_all(100);
  EXPECT_EQ(find("T", "all", 0, INT64_MAX, 300).bodies.size(), 100u);
  fill(10, 100);
  expect_all(110);
}

TEST_F(index_test, entries_of_a_log_that_was_cut_are_forgotten) {
  open();
  fill(30);
  ASSERT_TRUE(store_->index().finish().ok());
  ASSERT_TRUE(store_->checkpoint_now().ok());
  int64_t lost = put({.body = "lost", .props = keys("gone all")}).r[0];
  EXPECT_EQ(found("T", "gone").size(), 1u);
  store_.reset();
  std::filesystem::path log = dir_ / "store/commitlog" / offset_name(0);
  std::fstream f(log, std::ios::in | std::ios::out | std::ios::binary);
  f.seekp(lost);
  f.write("\0\0\0\0\0\0\0\0\0\0\0\0", 12);
  f.close();
  open();
  EXPECT_TRUE(found("T", "gone").empty());
  put({.body = "next", .props = keys("new")});
  EXPECT_EQ(found("T", "new"), std::vector<std::string>{"next"});
  EXPECT_EQ(find("T", "all", 0, INT64_MAX, 200).bodies.size(), 30u);
}

TEST_F(index_test, a_lost_index_is_made_again) {
  open();
  fill(100);
  ASSERT_TRUE(store_->close().ok());
  std::filesystem::remove_all(dir_ / "store/index");
  open();
  expect_all(100);
}

TEST_F(index_test, a_damaged_index_is_made_again) {
  open();
  fill(20);
  ASSERT_TRUE(store_->index().finish().ok());
  ASSERT_TRUE(store_->checkpoint_now().ok());
  store_.reset();
  for (auto &file : files_of_index()) {
    std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(40 + 8 * 4 + 3 * 20);
    f.write("\xff\xff\xff\xff", 4);
  }
  open();
  expect_all(20);
}

TEST_F(index_test, without_positions_the_header_says_where_it_ends) {
  open();
  fill(40);
  put({.body = "without keys"});
  ASSERT_TRUE(store_->close().ok());
  std::filesystem::remove(dir_ / "store/checkpoint");
  open();
  fill(40, 40);
  expect_all(80);
  EXPECT_EQ(find("T", "all", 0, INT64_MAX, 200).bodies.size(), 80u);
}

// By it the original decides after a crash which files to keep and from where to index the log again.
TEST_F(index_test, the_checkpoint_names_the_end_of_the_last_full_file) {
  open();
  fill(5);
  reopen_cleanly();
  auto known_ms = [&] {
    return checkpoint::load(posix_files(), (dir_ / "store/checkpoint").string()).value().index_ms;
  };
  EXPECT_EQ(known_ms(), 0) << "one file, and it is not full";
  fill(60, 5);
  reopen_cleanly();
  auto paths = files_of_index();
  ASSERT_GE(paths.size(), 3U);
  char end_ms[8] = {};
  std::ifstream(paths[paths.size() - 2]).seekg(8).read(end_ms, sizeof(end_ms));
  EXPECT_EQ(known_ms(), protocol::load_i64(end_ms));
}

TEST_F(index_test, files_below_the_log_go_but_never_the_last) {
  open();
  fill(150);
  expect_all(1);
  size_t n = files_of_index().size();
  ASSERT_TRUE(store_->index().drop_below(put({.body = "x"}).r[0]).ok());
  EXPECT_EQ(files_of_index().size(), 1u);
  EXPECT_GT(n, 1u);
  EXPECT_EQ(found("T", "k149"), std::vector<std::string>{"b149"});
}

TEST_F(index_test, without_an_index_queries_are_not_supported) {
  config_.index = false;
  open();
  put({.props = keys("a")});
  EXPECT_EQ(find("T", "a").status, STN_E_UNSUPPORTED);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "store/index"));
}

}  // namespace
}  // namespace stn::store_mmap::testing
