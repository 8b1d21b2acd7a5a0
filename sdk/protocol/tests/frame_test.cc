#include "stanchion/protocol/frame.h"

#include <gtest/gtest.h>

#include <string>

#include "decoded.h"

namespace stn::protocol {
namespace {

std::string word(uint32_t v) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
  return out;
}

frame_status status_of(std::string_view bytes, size_t limit = k_frame_max_default) {
  frame out;
  return find_frame(bytes, limit, &out);
}

TEST(frame, cuts_header_and_body) {
  const std::string bytes = json_frame("{\"code\":1}", "body") + "next";
  frame out;
  ASSERT_EQ(find_frame(bytes, k_frame_max_default, &out), frame_status::ok);
  EXPECT_EQ(out.header, "{\"code\":1}");
  EXPECT_EQ(out.body, "body");
  EXPECT_EQ(out.total, bytes.size() - 4);
}

TEST(frame, every_prefix_asks_for_more) {
  const std::string bytes = json_frame("{\"code\":1}", "body");
  for (size_t n = 0; n < bytes.size(); ++n) {
    frame out;
    EXPECT_EQ(find_frame(std::string_view(bytes).substr(0, n), k_frame_max_default, &out),
              frame_status::need_more);
    EXPECT_EQ(out.total, n < 4 ? 0 : bytes.size());
  }
}

TEST(frame, the_limit_includes_the_length_word) {
  EXPECT_EQ(status_of(word(96), 100), frame_status::need_more);
  EXPECT_EQ(status_of(word(97), 100), frame_status::too_large);
  EXPECT_EQ(status_of(word(0xffffffff)), frame_status::too_large);
}

TEST(frame, lies_are_seen_before_the_body_is_there) {
  EXPECT_EQ(status_of(word(0)), frame_status::lies);
  EXPECT_EQ(status_of(word(3)), frame_status::lies);
  EXPECT_EQ(status_of(word(100) + word(97)), frame_status::lies);
  EXPECT_EQ(status_of(word(100) + word(96)), frame_status::need_more);
}

TEST(frame, a_frame_without_header_and_body_is_a_frame) {
  frame out;
  ASSERT_EQ(find_frame(word(4) + word(0), k_frame_max_default, &out), frame_status::ok);
  EXPECT_TRUE(out.header.empty());
  EXPECT_TRUE(out.body.empty());
}

TEST(frame, unknown_serialize_types_are_refused) {
  EXPECT_EQ(status_of(word(100) + word(0x01000000)), frame_status::need_more);
  EXPECT_EQ(status_of(word(100) + word(0x02000000)), frame_status::unknown_type);
  EXPECT_EQ(status_of(word(100) + word(0xff000000)), frame_status::unknown_type);
}

}  // namespace
}  // namespace stn::protocol
