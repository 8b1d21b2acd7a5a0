#include <gtest/gtest.h>

#include <string>

#include "stanchion/ext/filter.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace {

class FilterTagPlugin : public testing::Test {
 protected:
  void SetUp() override {
    host_.set_cfg("max_tags", 2);
    ASSERT_EQ(plugin_.up(), STN_OK) << plugin_.error();
    filter_ = plugin_.get<stn_filter_api>(STN_FILTER_ID);
    ASSERT_TRUE(filter_);
  }

  stn_status compile(const char *type, const char *expression) {
    return filter_->compile(filter_.self, stn::str(type), stn::str(expression), &matcher_, &err_);
  }
  void TearDown() override {
    if (matcher_ != nullptr) filter_->destroy(matcher_);
  }

  stn::testing::fake_host host_;
  stn::testing::hosted_plugin plugin_{host_};
  stn::iface<stn_filter_api> filter_;
  stn_matcher *matcher_ = nullptr;
  stn_error err_{};
};

TEST_F(FilterTagPlugin, ServesTheTypeTag) {
  const char *const *names = nullptr;
  ASSERT_EQ(filter_->types(filter_.self, &names), STN_OK);
  EXPECT_STREQ(names[0], "TAG");
  EXPECT_EQ(names[1], nullptr);
}

TEST_F(FilterTagPlugin, CompilesAndMatchesWithoutEverAskingForTheMessage) {
  ASSERT_EQ(compile("TAG", "A || B"), STN_OK);
  const int64_t hashes[3] = {'A', 'C', 'B'};
  const stn_match_entries entries = {sizeof(stn_match_entries), 3, hashes};
  uint64_t keep = ~uint64_t{0};
  uint64_t maybe = 0;
  filter_->match_entries(matcher_, &entries, &keep, &maybe);
  EXPECT_EQ(keep, ~uint64_t{2});
  EXPECT_EQ(maybe, 0u);
  EXPECT_EQ(filter_->match_msgs, nullptr);
}

TEST_F(FilterTagPlugin, TellsWhatIsWrong) {
  EXPECT_EQ(compile("TAG", "||"), STN_E_INVALID);
  EXPECT_EQ(std::string(err_.msg), "position 0: only separators, no tag");
  EXPECT_EQ(compile("TAG", "A||B||C"), STN_E_INVALID);
  EXPECT_EQ(std::string(err_.msg), "position 6: more than 2 tags");
  EXPECT_EQ(compile("SQL92", "a > 1"), STN_E_UNSUPPORTED);
  EXPECT_EQ(matcher_, nullptr);
}

}  // namespace
