#include "write_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace stn::transport_tcp {
namespace {

struct counted_owner : stn_owner {
  int released = 0;
};

const stn_owner_ops k_owner_ops = {{sizeof(stn_owner_ops), STN_VER(1, 0)},
                                   [](stn_owner *, uint32_t) {},
                                   [](stn_owner *o, uint32_t n) {
                                     static_cast<counted_owner *>(o)->released +=
                                         static_cast<int>(n);
                                   }};

counted_owner make_owner() {
  counted_owner o;
  o.ops = &k_owner_ops;
  return o;
}

void append(write_queue &q, std::string_view text) {
  std::memcpy(q.reserve(text.size()), text.data(), text.size());
  q.commit(text.size());
}

std::string head(const write_queue &q, size_t n) {
  iovec v[64];
  const int count = q.gather(v, 64);
  std::string out;
  for (int i = 0; i < count; i++)
    out.append(static_cast<const char *>(v[i].iov_base), v[i].iov_len);
  return out.substr(0, n);
}

TEST(write_queue, keeps_the_order_of_own_bytes_and_slices) {
  write_queue q;
  counted_owner owner = make_owner();
  const std::string body = "BODY";
  append(q, "head1");
  q.push({body.data(), body.size(), &owner});
  append(q, "head2");
  EXPECT_EQ(q.pending(), 14u);
  EXPECT_EQ(head(q, 14), "head1BODYhead2");
}

TEST(write_queue, joins_neighbouring_own_bytes_into_one_piece) {
  write_queue q;
  append(q, "a");
  append(q, "b");
  iovec v[4];
  EXPECT_EQ(q.gather(v, 4), 1);
}

TEST(write_queue, releases_an_owner_only_when_its_last_byte_is_sent) {
  write_queue q;
  counted_owner owner = make_owner();
  const std::string body = "0123456789";
  q.push({body.data(), body.size(), &owner});
  q.push({body.data(), 2, &owner});
  q.consume(9);
  EXPECT_EQ(owner.released, 0);
  EXPECT_EQ(head(q, 3), "901");
  q.consume(1);
  EXPECT_EQ(owner.released, 1);
  q.consume(2);
  EXPECT_EQ(owner.released, 2);
  EXPECT_TRUE(q.empty());
}

TEST(write_queue, releases_what_was_never_sent_when_cleared) {
  write_queue q;
  counted_owner owner = make_owner();
  const std::string body = "0123456789";
  q.push({body.data(), body.size(), &owner});
  q.push({body.data(), 0, &owner});  // an empty slice is done at once
  EXPECT_EQ(owner.released, 1);
  q.clear();
  EXPECT_EQ(owner.released, 2);
}

// A reader that is always a little behind: the bytes stay right and the buffer does not grow with what was sent.
TEST(write_queue, stays_small_and_right_when_it_never_runs_empty) {
  write_queue q;
  std::string expected;
  uint32_t seed = 7;
  std::string sent;
  for (int round = 0; round < 20000; round++) {
    seed = seed * 1664525u + 1013904223u;
    std::string text(1 + seed % 200, static_cast<char>('a' + round % 26));
    append(q, text);
    expected += text;
    const size_t take = std::min<size_t>(q.pending() - 1, 1 + (seed >> 8) % 220);
    const std::string piece = head(q, take);
    sent += piece;
    q.consume(piece.size());
  }
  EXPECT_EQ(sent, expected.substr(0, sent.size()));
  EXPECT_EQ(q.pending(), expected.size() - sent.size());
}

}  // namespace
}  // namespace stn::transport_tcp
