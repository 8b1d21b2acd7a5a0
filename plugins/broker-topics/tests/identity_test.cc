#include "identity.h"

#include <gtest/gtest.h>

#include "stanchion/sdk/host.h"

namespace stn::broker_topics {
namespace {

identity::options options(std::string advertise, std::string bound, std::string namesrv = {}) {
  return {.cluster = "C",
          .broker = "B",
          .broker_id = 0,
          .advertise = std::move(advertise),
          .bound = std::move(bound),
          .namesrv = std::move(namesrv)};
}

std::string resolved(const identity::options &o) {
  identity i;
  const status s = i.resolve(o);
  return s.ok() ? i.address() : "failed: " + s.message();
}

TEST(Identity, TheAdvertisedAddressWins) {
  EXPECT_EQ(resolved(options("10.1.2.3", "0.0.0.0:10911")), "10.1.2.3:10911");
  EXPECT_EQ(resolved(options("10.1.2.3:7", "127.0.0.1:10911")), "10.1.2.3:7");
}

TEST(Identity, ASpecificBoundAddressIsTold) {
  EXPECT_EQ(resolved(options("", "127.0.0.1:10911")), "127.0.0.1:10911");
}

TEST(Identity, AnUnspecificOneIsReplacedByTheWayToTheNameServer) {
  EXPECT_EQ(resolved(options("", "0.0.0.0:10911", "127.0.0.1:9876")), "127.0.0.1:10911");
  EXPECT_EQ(resolved(options("", "0.0.0.0:10911")), "127.0.0.1:10911");
}

TEST(Identity, WithoutAPortThereIsNone) {
  EXPECT_TRUE(resolved(options("", "")).starts_with("failed"));
  EXPECT_TRUE(resolved(options("h:99999", "0.0.0.0:1")).starts_with("failed"));
  EXPECT_TRUE(resolved(options("no.such.host.invalid", "0.0.0.0:1")).starts_with("failed"));
}

TEST(Identity, MessagesCarryTheAddressInBinary) {
  identity i;
  ASSERT_TRUE(i.resolve(options("", "127.0.0.1:10911")).ok());
  EXPECT_EQ(view(i.get()->store_host), std::string_view("\x7f\0\0\x01\0\0\x2a\x9f", 8));
  EXPECT_EQ(view(i.get()->broker), "B");
  EXPECT_EQ(i.ha_address(), "127.0.0.1:10912");
  ASSERT_TRUE(i.resolve(options("[::1]", "[::]:258")).ok());
  EXPECT_EQ(i.address(), "[::1]:258");
  EXPECT_EQ(view(i.get()->store_host),
            std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\x01\x02", 20));
}

TEST(Identity, AddressesSplitAndJoin) {
  EXPECT_EQ(split_address("a:1").host, "a");
  EXPECT_EQ(split_address("a:1").port, "1");
  EXPECT_EQ(split_address("::1").host, "::1");
  EXPECT_EQ(split_address("[::1]:5").port, "5");
  EXPECT_EQ(split_address("[::1").port, "");
  EXPECT_EQ(join_address("::1", "5"), "[::1]:5");
  EXPECT_EQ(split_list("a:1; b:2;;"), (std::vector<std::string>{"a:1", "b:2"}));
  EXPECT_TRUE(split_list("").empty());
}

}  // namespace
}  // namespace stn::broker_topics
