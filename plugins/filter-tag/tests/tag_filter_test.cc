#include "tag_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace stn::filter_tag {
namespace {

// Hashes as Java's String.hashCode() gives them: "A".hashCode() == 65, "Aa" and "BB" collide at 2112.
constexpr int64_t k_a = 65;
constexpr int64_t k_b = 66;
constexpr int64_t k_collision = 2112;
constexpr int64_t k_no_tag = 0;

tag_set parsed(std::string_view expression) {
  auto r = tag_set::parse(expression, 1024);
  EXPECT_TRUE(r.ok()) << r.error().message();
  return r.ok() ? r.value() : tag_set();
}

// Which of the hashes pass, as a string of 0 and 1.
std::string pass(std::string_view expression, const std::vector<int64_t> &hashes) {
  std::vector<uint64_t> keep((hashes.size() + 63) / 64, ~uint64_t{0});
  parsed(expression).match(hashes.data(), static_cast<uint32_t>(hashes.size()), keep.data());
  std::string out;
  for (size_t i = 0; i < hashes.size(); i++) out += (keep[i / 64] >> (i % 64) & 1) != 0 ? '1' : '0';
  return out;
}

TEST(TagFilter, StarAndNothingTakeEveryMessage) {
  const std::vector<int64_t> hashes = {k_a, k_no_tag, -1};
  EXPECT_EQ(pass("*", hashes), "111");
  EXPECT_EQ(pass("", hashes), "111");
  EXPECT_TRUE(parsed("*").everything());
}

TEST(TagFilter, TagsAreSplitAndTrimmed) {
  const std::vector<int64_t> hashes = {k_a, k_b, 67, k_no_tag};
  EXPECT_EQ(pass("A", hashes), "1000");
  EXPECT_EQ(pass("A||B", hashes), "1100");
  EXPECT_EQ(pass(" A \t||  B ", hashes), "1100");
  EXPECT_EQ(pass("||A||", hashes), "1000");
  EXPECT_EQ(parsed("A||A || A").size(), 1u);
}

TEST(TagFilter, StarBesideATagIsATagOfThatName) {
  EXPECT_EQ(pass("* || A", {k_a, k_b, '*'}), "101");
}

TEST(TagFilter, ASingleBarBelongsToTheTag) {
  EXPECT_EQ(pass("A|B", {k_a, k_b, ('A' * 31 + '|') * 31 + 'B'}), "001");
}

TEST(TagFilter, OnlyTheHashIsCompared) {
  EXPECT_EQ(pass("Aa", {k_collision}), "1");
  EXPECT_EQ(pass("BB", {k_collision}), "1");
}

TEST(TagFilter, HashesFollowJavaOverUtf16) {
  // U+4E2D is one unit, U+1F600 the surrogates D83D DE00.
  EXPECT_EQ(pass("\xE4\xB8\xAD", {0x4E2D}), "1");
  EXPECT_EQ(pass("\xF0\x9F\x98\x80", {0xD83D * 31 + 0xDE00}), "1");
}

TEST(TagFilter, NegativeHashesComeSignExtended) {
  // "polygenelubricants".hashCode() == Integer.MIN_VALUE
  EXPECT_EQ(pass("polygenelubricants", {int64_t{INT32_MIN}, int64_t{INT32_MAX}}), "10");
}

TEST(TagFilter, BlanksOnlyTakeNothing) { EXPECT_EQ(pass("  ", {k_a, k_no_tag}), "00"); }

TEST(TagFilter, OnlySeparatorsAreRefusedWithThePosition) {
  for (const char *bad : {"||", "||||"}) {
    auto r = tag_set::parse(bad, 8);
    ASSERT_FALSE(r.ok()) << bad;
    EXPECT_EQ(r.error().code(), STN_E_INVALID);
    EXPECT_NE(r.error().message().find("position 0"), std::string::npos);
  }
}

TEST(TagFilter, TooManyTagsAreRefusedWithThePosition) {
  EXPECT_TRUE(tag_set::parse("A||B", 2).ok());
  auto r = tag_set::parse("A||B||C", 2);
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.error().code(), STN_E_INVALID);
  EXPECT_EQ(r.error().message(), "position 6: more than 2 tags");
}

TEST(TagFilter, ManyTagsAreFoundBySearch) {
  std::string expression;
  for (char c = 'a'; c <= 'z'; c++) expression += std::string(1, c) + "||";
  EXPECT_EQ(pass(expression, {'a', 'm', 'z', 'A', k_no_tag}), "11100");
}

TEST(TagFilter, LongBatchesAndTheBitsBehindTheEnd) {
  std::vector<int64_t> hashes(130, k_b);
  hashes[0] = hashes[63] = hashes[64] = hashes[129] = k_a;
  std::vector<uint64_t> keep(3, ~uint64_t{0});
  keep[0] &= ~uint64_t{1};  // an entry that was rejected before stays rejected
  parsed("A").match(hashes.data(), 130, keep.data());
  EXPECT_EQ(keep[0], uint64_t{1} << 63);
  EXPECT_EQ(keep[1], uint64_t{1});
  EXPECT_EQ(keep[2], ~uint64_t{3} | 2u);
}

}  // namespace
}  // namespace stn::filter_tag
