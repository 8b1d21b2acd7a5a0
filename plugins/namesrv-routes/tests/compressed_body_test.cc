#include "compressed_body.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace stn::namesrv_routes {
namespace {

std::string with_length(const std::string &text) {
  const auto n = static_cast<uint32_t>(text.size());
  return {std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16),
                      static_cast<char>(n >> 8), static_cast<char>(n)} +
          text};
}

std::string count(uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
          static_cast<char>(n)};
}

std::string deflated(const std::string &plain) {
  uLongf size = compressBound(plain.size());
  std::string out(size, '\0');
  compress2(reinterpret_cast<Bytef *>(out.data()), &size,
            reinterpret_cast<const Bytef *>(plain.data()), plain.size(), 9);
  out.resize(size);
  return out;
}

const std::string k_version = with_length(R"({"counter":2,"timestamp":9})");

TEST(CompressedBody, ReadsVersionAndTopics) {
  const std::string plain = k_version + count(2) + with_length("T 4 3 6 SINGLE_TAG") +
                            with_length(R"(U 1 1 2 SINGLE_TAG {"a":"b"})") + with_length("[]") +
                            count(0);
  registration r;
  ASSERT_TRUE(decode_register_compressed(deflated(plain), 1 << 20, &r));
  EXPECT_EQ(r.version, (data_version{0, 9, 2}));
  ASSERT_EQ(r.topics.size(), 2u);
  EXPECT_EQ(r.topics[0].topic, "T");
  EXPECT_EQ(r.topics[0].queues, (queue_data{4, 3, 6, 0}));
  EXPECT_EQ(r.topics[1].queues, (queue_data{1, 1, 2, 0}));
}

TEST(CompressedBody, RefusesEveryTruncation) {
  const std::string plain = k_version + count(1) + with_length("T 4 3 6 SINGLE_TAG");
  for (size_t n = 0; n < plain.size(); n++) {
    registration r;
    EXPECT_FALSE(decode_register_compressed(deflated(plain.substr(0, n)), 1 << 20, &r)) << n;
  }
  const std::string body = deflated(plain);
  for (size_t n = 0; n < body.size(); n++) {
    registration r;
    EXPECT_FALSE(decode_register_compressed(body.substr(0, n), 1 << 20, &r)) << n;
  }
}

TEST(CompressedBody, RefusesLengthsAndLinesThatLie) {
  registration r;
  EXPECT_FALSE(decode_register_compressed(deflated(count(0xFFFFFFFF) + "x"), 1 << 20, &r));
  EXPECT_FALSE(decode_register_compressed(
      deflated(k_version + count(1) + with_length("T 4 x 6 SINGLE_TAG")), 1 << 20, &r));
  EXPECT_FALSE(
      decode_register_compressed(deflated(k_version + count(1) + with_length("")), 1 << 20, &r));
  EXPECT_FALSE(decode_register_compressed("not zlib", 1 << 20, &r));
}

TEST(CompressedBody, StopsAtTheLimit) {
  registration r;
  EXPECT_FALSE(decode_register_compressed(
      deflated(k_version + count(0) + std::string(1 << 20, 'x')), 1 << 16, &r));
}

TEST(CompressedBody, ChecksumHasNoSignBit) {
  EXPECT_EQ(body_checksum("123456789"), 0xCBF43926 & 0x7FFFFFFF);  // the check value of CRC-32
}

}  // namespace
}  // namespace stn::namesrv_routes
