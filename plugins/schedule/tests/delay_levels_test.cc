#include "delay_levels.h"

#include <gtest/gtest.h>

namespace stn::schedule {
namespace {

TEST(DelayLevels, ReadsTheEighteenOfTheOriginal) {
  auto all = parse_delay_levels("1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h");
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all.value().size(), 18u);
  EXPECT_EQ(all.value()[0], 1000);
  EXPECT_EQ(all.value()[2], 10'000);
  EXPECT_EQ(all.value()[4], 60'000);
  EXPECT_EQ(all.value()[17], 7'200'000);
}

TEST(DelayLevels, ReadsDaysAndExtraSpaces) {
  auto all = parse_delay_levels(" 2d  0s ");
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all.value(), (std::vector<int64_t>{172'800'000, 0}));
}

TEST(DelayLevels, NamesTheItemThatIsWrong) {
  for (const char *text : {"1s 5x", "s", "1s -5s", "1.5s", "99999999999999999d"}) {
    auto all = parse_delay_levels(text);
    EXPECT_FALSE(all.ok()) << text;
    EXPECT_EQ(all.error().code(), STN_E_INVALID) << text;
  }
  EXPECT_NE(parse_delay_levels("1s 5x").error().message().find("\"5x\""), std::string::npos);
}

TEST(DelayLevels, NeedsOneAndTakesSixtyFour) {
  EXPECT_FALSE(parse_delay_levels("").ok());
  std::string text;
  for (int i = 0; i < 64; i++) text += "1s ";
  EXPECT_TRUE(parse_delay_levels(text).ok());
  EXPECT_FALSE(parse_delay_levels(text + "1s").ok());
}

}  // namespace
}  // namespace stn::schedule
