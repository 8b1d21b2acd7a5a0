// The checksum against known values and against its definition, bit by bit, at all lengths at which the way of computing
// changes.
#include "body_crc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

namespace stn::store_mmap::testing {
namespace {

// The definition: division by the polynomial, a bit at a time.
uint32_t next_crc(uint32_t crc, uint8_t byte) {
  crc ^= byte;
  for (int i = 0; i < 8; i++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
  return crc;
}

uint32_t plain_crc(const uint8_t *at, size_t n) {
  uint32_t crc = 0xFFFFFFFFu;
  for (size_t i = 0; i < n; i++) crc = next_crc(crc, at[i]);
  return ~crc;
}

TEST(body_crc_test, known_values) {
  const std::string_view check = "123456789";
  EXPECT_EQ(crc32_zlib(check.data(), check.size()), 0xCBF43926u);
  EXPECT_EQ(crc32_zlib(nullptr, 0), 0u);
  const std::vector<uint8_t> zeroes(1024, 0);
  EXPECT_EQ(crc32_zlib(zeroes.data(), zeroes.size()), 0xEFB5AF2Eu);
}

TEST(body_crc_test, agrees_with_the_definition_at_every_length) {
  std::mt19937 random(1);
  std::vector<uint8_t> bytes(4096 + 64);
  for (uint8_t &b : bytes) b = static_cast<uint8_t>(random());
  for (size_t n = 0; n <= 4096; n++) {
    const uint8_t *at = bytes.data() + n % 64;
    ASSERT_EQ(crc32_zlib(at, n), plain_crc(at, n)) << n;
    ASSERT_EQ(crc32_isal(at, n), plain_crc(at, n)) << n;
  }
}

TEST(body_crc_test, a_copy_on_the_way_is_whole_and_touches_nothing_else) {
  std::mt19937 random(3);
  std::vector<uint8_t> bytes(2048 + 64);
  for (uint8_t &b : bytes) b = static_cast<uint8_t>(random());
  for (size_t n = 0; n <= 2048; n++) {
    const uint8_t *at = bytes.data() + n % 61;
    std::vector<uint8_t> expected(n + 96, 0xA5);
    std::vector<uint8_t> to = expected;
    const size_t first = 1 + n % 37;
    std::copy(at, at + n, expected.begin() + static_cast<ptrdiff_t>(first));
    ASSERT_EQ(crc32_zlib_copy(to.data() + first, at, n), plain_crc(at, n)) << n;
    ASSERT_EQ(to, expected) << n;
  }
}

TEST(body_crc_test, agrees_with_the_definition_for_large_bodies) {
  std::mt19937 random(2);
  std::vector<uint8_t> bytes((4 << 20) + 77);
  for (uint8_t &b : bytes) b = static_cast<uint8_t>(random());
  for (size_t n : {size_t{65536}, size_t{1 << 20}, bytes.size()}) {
    EXPECT_EQ(crc32_zlib(bytes.data(), n), plain_crc(bytes.data(), n)) << n;
  }
}

}  // namespace
}  // namespace stn::store_mmap::testing
