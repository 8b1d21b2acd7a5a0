// Bits that flip and files that end early: whatever is read is refused or exactly what was written. STN_FLIPS sets the
// number of flips (default 20,000; 4,000 with ThreadSanitizer, which sees a log end at every seventh byte, too).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "counts.h"
#include "fault_files.h"
#include "store_probe.h"

namespace stn::store_mmap::testing {
namespace {

const std::string k_dir = "/data/store";
constexpr int k_messages = 60;
constexpr int64_t k_cut_step = k_is_slow ? 7 : 1;

class damage_test : public ::testing::Test {
 protected:
  using queue_id = std::pair<std::string, int32_t>;

  void SetUp() override {
    store_probe probe(disk_, small_settings(k_dir, true));
    ASSERT_TRUE(probe.open().ok());
    for (int i = 0; i < k_messages; i++) {
      sample s{i % 3 == 0 ? "Orders" : "T", i % 2, std::to_string(i) + ":", "", i};
      s.body += std::string(static_cast<size_t>(i * 37 % 700), static_cast<char>('a' + i % 26));
      s.props = "UNIQ_KEY\1" + std::to_string(i) + "\2TAGS\1" + tag_of(i) + "\2KEYS\1k" +
                std::to_string(i % 7);
      sent_[{s.topic, s.queue}].push_back(s);
      ASSERT_EQ(probe.append({&s}), STN_OK);
      ASSERT_TRUE(probe.wait(static_cast<size_t>(i) + 1));
      sent_[{s.topic, s.queue}].back().store_ms = probe.completions().back().r[3];
    }
    ends_.push_back(probe.store().state().end.load());
    ASSERT_TRUE(probe.store().close().ok());
  }

  static std::string tag_of(int number) { return number % 5 < 2 ? "TagA" : "TagB"; }

  static bool is_same(const served &a, const sample &b) {
    return a.good && a.body == b.body && a.props == b.props && a.flag == b.flag;
  }

  // A consumer of one tag gets its messages of the queue in order, but for those that are refused.
  void check_tag(store_probe &probe, const queue_id &id, size_t begin, size_t end,
                 const std::string &what) {
    size_t refused = 0;
    std::vector<served> got = probe.read_tag(id.first, id.second, "TagA", &refused);
    size_t at = 0;
    size_t missing = 0;
    for (size_t i = begin; i < std::min(end, sent_[id].size()); i++) {
      const sample &m = sent_[id][i];
      if (m.props.find("TAGS\1TagA") == std::string::npos) continue;
      bool there = at < got.size() && is_same(got[at], m);
      there ? at++ : missing++;
    }
    EXPECT_EQ(at, got.size()) << what << ": another message than those of the tag";
    EXPECT_LE(missing, refused) << what << ": hidden from " << id.first << "/" << id.second;
  }

  // The first of the messages that are served, as far as the search is not refused.
  void check_time(store_probe &probe, const queue_id &id, const std::vector<served> &got,
                  int64_t min, const std::string &what) {
    const std::vector<sample> &all = sent_[id];
    const sample &m = all[random_() % all.size()];
    int64_t at = probe.first_at(id.first, id.second, m.store_ms);
    auto first = std::find_if(got.begin(), got.end(),
                              [&](const served &s) { return s.good && s.store_ms >= m.store_ms; });
    if (at >= 0) {
      EXPECT_EQ(at, min + (first - got.begin())) << what << ": found by time in " << id.first;
    }
  }

  // What is found by key has the key and is right; *missed counts what is served and not found.
  void check_keys(store_probe &probe, const std::string &what, size_t *missed) {
    const int number = static_cast<int>(random_() % k_messages);
    for (const std::string &key : {std::to_string(number), "k" + std::to_string(number % 7)}) {
      const std::string topic = number % 3 == 0 ? "Orders" : "T";
      std::vector<served> got = probe.find(topic, key);
      *missed += got.empty() ? 1 : 0;
      for (const served &s : got) {
        bool right = s.good && (s.props.find("UNIQ_KEY\1" + key + "\2") == 0 ||
                                s.props.ends_with("KEYS\1" + key));
        bool known = false;
        for (const auto &[id, all] : sent_) {
          known |= id.first == topic && std::any_of(all.begin(), all.end(),
                                                    [&](const sample &m) { return is_same(s, m); });
        }
        EXPECT_TRUE(right && known) << what << ": found by key " << key;
      }
    }
  }

  // Opens a store on the disk; returns how many messages it serves, all of which must be right.
  size_t check(fault_files &disk, const std::string &what) {
    store_probe probe(disk, small_settings(k_dir, true));
    if (!probe.open().ok()) return 0;  // refused as a whole
    size_t good = 0;
    for (const auto &[id, want] : sent_) {
      int64_t min = 0;
      std::vector<served> got = probe.read_queue(id.first, id.second, &min);
      for (size_t i = 0; i < got.size(); i++) {
        if (!got[i].good) continue;
        auto at = static_cast<size_t>(min) + i;
        if (at >= want.size() || !is_same(got[i], want[at])) {
          ADD_FAILURE() << what << ": " << id.first << "/" << id.second << " offset " << at;
          return good;
        }
        good++;
      }
      const auto begin = static_cast<size_t>(min);
      check_tag(probe, id, begin, begin + got.size(), what);
      check_time(probe, id, got, min, what);
    }
    check_keys(probe, what, &not_found_);
    return good;
  }

  // Where damage is worth looking for: the written part of log and queues, all of the rest.
  struct place {
    std::string path;
    size_t bytes;
  };
  std::vector<place> places() {
    std::vector<place> out;
    for (const std::string &path : disk_.files_below(k_dir)) {
      fault_files::bytes &b = *disk_.contents(path);
      size_t used = b.size();
      while (used > 0 && b[used - 1] == 0) used--;
      if (used != 0 && path.find("/lock") == std::string::npos) out.push_back({path, used});
    }
    return out;
  }

  fault_files disk_;
  std::map<queue_id, std::vector<sample>> sent_;
  std::vector<int64_t> ends_;
  std::mt19937_64 random_{11};
  size_t not_found_ = 0;  // queries by key that found nothing
};

TEST_F(damage_test, the_undamaged_disk_serves_everything) {
  EXPECT_EQ(check(*disk_.copy(), "undamaged"), static_cast<size_t>(k_messages));
  EXPECT_EQ(not_found_, 0u);
}

// Half of the flips go to the log, the rest to queues, index, sums and checkpoint.
TEST_F(damage_test, a_flipped_bit_is_never_served) {
  const auto flips = static_cast<int>(count_of("STN_FLIPS", 20000, 4000));
  std::vector<place> all = places();
  std::mt19937_64 random(7);
  size_t served_in_all = 0;
  size_t harmless = 0;
  for (int i = 0; i < flips && !HasFailure(); i++) {
    auto disk = disk_.copy();
    const place *p = &all[random() % all.size()];
    while (i % 2 == 0 && p->path.find("/commitlog/") == std::string::npos) {
      p = &all[random() % all.size()];
    }
    size_t at = random() % p->bytes;
    int bit = static_cast<int>(random() % 8);
    (*disk->contents(p->path))[at] ^= static_cast<uint8_t>(1 << bit);
    size_t good =
        check(*disk, p->path + " byte " + std::to_string(at) + " bit " + std::to_string(bit));
    served_in_all += good;
    harmless += good == k_messages ? 1 : 0;
  }
  std::printf("%d flips: %.2f %% of the messages served on average, %zu flips without a loss\n",
              flips, 100.0 * static_cast<double>(served_in_all) / flips / k_messages, harmless);
  std::printf("%zu of %d queries by key found nothing\n", not_found_, 2 * flips);
  EXPECT_GT(served_in_all, static_cast<size_t>(flips) * k_messages * 8 / 10)
      << "damage costs its neighbours only";
}

// The log's last 4 KiB, lost from each byte on: as zeroes, and with the file ending there; after a stop and after a kill.
TEST_F(damage_test, a_log_that_ends_at_any_byte) {
  for (bool killed : {false, true}) {
    for (int64_t cut = ends_[0] - 4096; cut < ends_[0] && !HasFailure(); cut += k_cut_step) {
      auto disk = disk_.copy();
      settings s = small_settings(k_dir, true);
      std::string path = k_dir + "/commitlog/" + offset_name(cut - cut % s.segment_size);
      fault_files::bytes &log = *disk->contents(path);
      auto at = static_cast<size_t>(cut % s.segment_size);
      std::fill(log.begin() + static_cast<ptrdiff_t>(at), log.end(), uint8_t{0});
      if (killed) (void)disk->open(k_dir + "/abort", open_mode::create);
      auto shorter = disk->copy();
      shorter->contents(path)->resize(at);
      std::string what = "from byte " + std::to_string(cut) + (killed ? ", killed" : "");
      EXPECT_GT(check(*disk, what), size_t{k_messages / 2}) << what;
      check(*shorter, what + ", file cut");
    }
  }
}

// Without the checkpoint's word the end is looked for in the log itself.
TEST_F(damage_test, a_log_that_ends_at_any_byte_without_a_checkpoint) {
  ASSERT_TRUE(disk_.remove(k_dir + "/checkpoint").ok());
  for (int64_t cut = ends_[0] - 4096; cut < ends_[0] && !HasFailure(); cut += k_cut_step) {
    auto disk = disk_.copy();
    settings s = small_settings(k_dir, true);
    std::string path = k_dir + "/commitlog/" + offset_name(cut - cut % s.segment_size);
    fault_files::bytes &log = *disk->contents(path);
    std::fill(log.begin() + static_cast<ptrdiff_t>(cut % s.segment_size), log.end(), uint8_t{0});
    EXPECT_GT(check(*disk, "from byte " + std::to_string(cut)), size_t{k_messages / 2});
  }
}

}  // namespace
}  // namespace stn::store_mmap::testing
