#include "route_table.h"

#include <gtest/gtest.h>

namespace stn::namesrv_routes {
namespace {

constexpr uint64_t k_second = 1'000'000'000;
constexpr uint64_t k_conn = 7;

registration make(std::string_view name, std::string_view address, int64_t id, int64_t counter,
                  std::vector<std::string> topics) {
  registration r;
  r.broker = {"cluster", name, address, id};
  r.ha_address = "10.0.0.1:10912";
  r.version = {0, 1, counter};
  for (std::string &t : topics) r.topics.push_back({std::move(t), {4, 4, 6, 0}});
  return r;
}

class RouteTable : public testing::Test {
 protected:
  RouteTable() { table.connection_opened(k_conn); }
  registered add(const registration &r, uint64_t conn = k_conn, uint64_t now = 0) {
    return table.register_broker(r, conn, now);
  }
  route_table table;
};

TEST_F(RouteTable, KeepsWhatAMasterRegisters) {
  EXPECT_TRUE(add(make("a", "1.1.1.1:1", 0, 1, {"T"})).first);
  EXPECT_FALSE(add(make("a", "1.1.1.1:1", 0, 1, {"T"})).first);
  auto s = table.current();
  ASSERT_TRUE(s->topic("T"));
  EXPECT_EQ(s->topic("T")->queues().at("a").write_queues, 4);
  EXPECT_EQ(s->brokers->at("a").addresses.at(0), "1.1.1.1:1");
  EXPECT_EQ(s->by_cluster->at("cluster").count("a"), 1u);
}

TEST_F(RouteTable, IgnoresTopicsOfAnUnchangedVersion) {
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}));
  add(make("a", "1.1.1.1:1", 0, 1, {"T", "U"}));
  EXPECT_FALSE(table.current()->topic("U"));
  add(make("a", "1.1.1.1:1", 0, 2, {"U"}));
  EXPECT_TRUE(table.current()->topic("U"));
  EXPECT_TRUE(table.current()->topic("T")) << "topics are merged, not replaced";
}

TEST_F(RouteTable, TakesNoQueuesFromASlaveAndTellsItTheMaster) {
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}));
  registered r = add(make("a", "2.2.2.2:1", 1, 5, {"S"}));
  EXPECT_EQ(r.master_address, "1.1.1.1:1");
  EXPECT_EQ(r.ha_address, "10.0.0.1:10912");
  EXPECT_FALSE(table.current()->topic("S"));
  EXPECT_EQ(table.current()->brokers->at("a").addresses.size(), 2u);
}

TEST_F(RouteTable, MovesAnAddressThatComesBackUnderAnotherId) {
  add(make("a", "1.1.1.1:1", 1, 1, {}));
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}));
  EXPECT_EQ(table.current()->brokers->at("a").addresses, (broker_addresses{{0, "1.1.1.1:1"}}));
  EXPECT_TRUE(table.current()->topic("T"));
}

TEST_F(RouteTable, RefusesARegistrationFromAClosedConnection) {
  table.connection_closed(k_conn);
  EXPECT_FALSE(add(make("a", "1.1.1.1:1", 0, 1, {"T"})).accepted);
  EXPECT_TRUE(table.current()->brokers->empty());
}

TEST_F(RouteTable, RemovesBrokersOfAClosedConnectionAtOnce) {
  table.connection_opened(8);
  add(make("a", "1.1.1.1:1", 0, 1, {"T", "U"}));
  add(make("b", "2.2.2.2:1", 0, 1, {"T"}), 8);
  EXPECT_EQ(table.connection_closed(k_conn), std::vector<std::string>{"1.1.1.1:1"});
  auto s = table.current();
  EXPECT_FALSE(s->topic("U"));
  ASSERT_TRUE(s->topic("T"));
  EXPECT_EQ(s->topic("T")->queues().size(), 1u);
  EXPECT_FALSE(s->brokers->contains("a"));
  EXPECT_EQ(s->by_cluster->at("cluster"), std::set<std::string>{"b"});
}

TEST_F(RouteTable, KeepsABrokerThatHasMovedToANewConnection) {
  table.connection_opened(8);
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}));
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}), 8);
  EXPECT_TRUE(table.connection_closed(k_conn).empty());
  EXPECT_TRUE(table.current()->topic("T"));
}

TEST_F(RouteTable, ExpiresASilentBrokerOnlyAfterTheTime) {
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}), k_conn, k_second);
  EXPECT_TRUE(table.expire(121 * k_second, 120 * k_second).empty());
  EXPECT_EQ(table.expire(121 * k_second + 1, 120 * k_second).size(), 1u);
  EXPECT_FALSE(table.current()->topic("T"));
  EXPECT_TRUE(table.current()->by_cluster->empty());
}

TEST_F(RouteTable, EverySignOfLifeDefersExpiry) {
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}), k_conn, 0);
  EXPECT_TRUE(table.touch("1.1.1.1:1", 100 * k_second));
  EXPECT_FALSE(table.touch("9.9.9.9:9", 100 * k_second));
  EXPECT_TRUE(table.expire(200 * k_second, 120 * k_second).empty());
  EXPECT_FALSE(table.check_version("1.1.1.1:1", {0, 1, 1}, 200 * k_second).changed);
  EXPECT_TRUE(table.expire(310 * k_second, 120 * k_second).empty());
  EXPECT_TRUE(table.check_version("1.1.1.1:1", {0, 1, 2}, 310 * k_second).changed);
  EXPECT_EQ(table.expire(321 * k_second, 120 * k_second).size(), 1u);
}

TEST_F(RouteTable, UnregisterKeepsTheGroupWhileASlaveIsLeft) {
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}));
  add(make("a", "2.2.2.2:1", 1, 1, {}));
  table.unregister_broker({"cluster", "a", "1.1.1.1:1", 0});
  EXPECT_TRUE(table.current()->topic("T"));
  table.unregister_broker({"cluster", "a", "2.2.2.2:1", 1});
  EXPECT_FALSE(table.current()->topic("T"));
  EXPECT_TRUE(table.current()->brokers->empty());
  table.unregister_broker({"cluster", "a", "2.2.2.2:1", 1});
}

TEST_F(RouteTable, DeletesATopicInOneClusterOrEverywhere) {
  registration other = make("b", "2.2.2.2:1", 0, 1, {"T"});
  other.broker.cluster = "other";
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}));
  add(other);
  table.delete_topic("T", "other");
  EXPECT_EQ(table.current()->topic("T")->queues().size(), 1u);
  table.delete_topic("T", "nowhere");
  ASSERT_TRUE(table.current()->topic("T"));
  table.delete_topic("T", "");
  EXPECT_FALSE(table.current()->topic("T"));
}

TEST_F(RouteTable, ChangesPermissionsOfOneBrokerOnly) {
  add(make("a", "1.1.1.1:1", 0, 1, {"T", "U"}));
  add(make("b", "2.2.2.2:1", 0, 1, {"T"}));
  EXPECT_EQ(table.change_permissions("a", [](int32_t p) { return p & ~k_perm_write; }), 2);
  EXPECT_EQ(table.current()->topic("T")->queues().at("a").perm, k_perm_read);
  EXPECT_EQ(table.current()->topic("T")->queues().at("b").perm, 6);
  EXPECT_EQ(table.change_permissions("none", [](int32_t p) { return p; }), 0);
}

TEST_F(RouteTable, RegistersATopicForKnownBrokersOnly) {
  add(make("a", "1.1.1.1:1", 0, 1, {}));
  const std::vector<std::pair<std::string, queue_data>> good = {{"a", {2, 2, 6, 0}}};
  const std::vector<std::pair<std::string, queue_data>> bad = {{"a", {2, 2, 6, 0}}, {"b", {}}};
  EXPECT_FALSE(table.register_topic("T", bad));
  EXPECT_FALSE(table.current()->topic("T"));
  EXPECT_TRUE(table.register_topic("T", good));
  EXPECT_EQ(table.current()->topic("T")->queues().at("a").read_queues, 2);
}

TEST_F(RouteTable, AReaderKeepsItsSnapshotThroughChanges) {
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}));
  auto before = table.current();
  table.delete_topic("T", "");
  table.connection_closed(k_conn);
  EXPECT_TRUE(before->topic("T"));
  EXPECT_TRUE(before->brokers->contains("a"));
}

TEST_F(RouteTable, KeepsAnEncodedRouteUntilTheBrokersChange) {
  add(make("a", "1.1.1.1:1", 0, 1, {"T"}));
  auto s = table.current();
  auto body = std::make_shared<const std::string>("route");
  s->topic("T")->store_route(s->brokers, key_style::quoted, body);
  add(make("a", "1.1.1.1:1", 0, 2, {"U"}));
  auto same_brokers = table.current();
  EXPECT_EQ(same_brokers->topic("T")->route(same_brokers->brokers.get(), key_style::quoted), body);
  EXPECT_FALSE(same_brokers->topic("T")->route(same_brokers->brokers.get(), key_style::bare));
  add(make("a", "2.2.2.2:1", 1, 1, {}));
  auto other = table.current();
  EXPECT_FALSE(other->topic("T")->route(other->brokers.get(), key_style::quoted));
}

}  // namespace
}  // namespace stn::namesrv_routes
