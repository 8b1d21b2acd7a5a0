#include "properties_text.h"

#include <gtest/gtest.h>

namespace stn::namesrv_config {
namespace {

TEST(PropertiesText, ReadsLinesAsToolsSendThem) {
  EXPECT_EQ(parse_properties("a=1\n b : x=y \r\n\n# no\n! no\nlonely\nempty=\na=2"),
            (properties{{"a", "2"}, {"b", "x=y"}, {"empty", ""}, {"lonely", ""}}));
  EXPECT_TRUE(parse_properties("").empty());
}

TEST(PropertiesText, WritesOneLineEach) {
  EXPECT_EQ(format_properties({{"b", "2"}, {"a", "1"}}), "a=1\nb=2\n");
}

}  // namespace
}  // namespace stn::namesrv_config
