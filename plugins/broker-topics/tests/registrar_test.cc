#include "registrar.h"

#include <gtest/gtest.h>

#include "fake_transport.h"
#include "stanchion/sdk/testing/fake_host.h"

namespace stn::broker_topics {
namespace {

using testing::fake_transport;

constexpr uint64_t k_second = 1'000'000'000;
constexpr int32_t k_register = 103;
constexpr int32_t k_unregister = 104;

class Registrar : public ::testing::Test {
 protected:
  void make(std::vector<std::string> namesrv) {
    registrar::options o;
    o.namesrv = std::move(namesrv);
    o.interval_ns = 30 * k_second;
    o.retry_ns = 3 * k_second;
    o.timeout_ns = 6 * k_second;
    o.cluster = "C";
    o.broker = "B";
    o.address = "127.0.0.1:10911";
    o.ha_address = "127.0.0.1:10912";
    o.topics = [this](uint64_t since) { return table.changes_since(since); };
    o.generation = [this] { return table.generation(); };
    o.order_conf = [this](std::string_view body) { order.emplace_back(body); };
    const iface<stn_exec_api> exec = host.host().get<stn_exec_api>(STN_EXEC_ID).value();
    const stn_iface raw = net.iface();
    r = std::make_unique<registrar>(
        host.host(), exec,
        iface<stn_transport_api>{reinterpret_cast<const stn_transport_api *>(raw.api), raw.self},
        std::move(o));
    ASSERT_TRUE(table.add_if_missing("TBW102", 8, 7).ok());
  }
  void new_topic(std::string_view name) { ASSERT_TRUE(table.ensure(name, 1, 6).ok()); }

  stn::testing::fake_host host;
  fake_transport net;
  std::vector<std::string> order;
  std::unique_ptr<registrar> r;
  topic_table table{{.cluster = "C",
                     .broker = "B",
                     .now_ms = [this] { return host.now_ms(); },
                     .intern = [](std::string_view) -> result<uint32_t> { return uint32_t{1}; },
                     .changed =
                         [this] {
                           if (r) r->change();
                         }}};
};

TEST_F(Registrar, RegistersWithEveryNameServerAtStart) {
  make({"a:1", "b:2"});
  EXPECT_EQ(r->start(k_second).value(), 2u);
  auto calls = net.calls_of(k_register);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].topics(), std::set<std::string>{"TBW102"});
  EXPECT_EQ(calls[0].fields.at("brokerName"), "B");
  EXPECT_EQ(calls[0].fields.at("brokerAddr"), "127.0.0.1:10911");
  EXPECT_EQ(calls[0].fields.at("clusterName"), "C");
  EXPECT_EQ(calls[0].fields.at("haServerAddr"), "127.0.0.1:10912");
  EXPECT_EQ(calls[0].fields.at("brokerId"), "0");
  EXPECT_EQ(calls[0].fields.at("bodyCrc32"), std::to_string(protocol::body_crc32(calls[0].body)));
}

TEST_F(Registrar, WithoutNameServersThereIsNothingToDo) {
  make({});
  EXPECT_EQ(r->start(k_second).value(), 0u);
  bool answered = false;
  r->when_registered(99, [&] { answered = true; });
  EXPECT_TRUE(answered);
}

TEST_F(Registrar, AChangeSendsOnlyWhatChanged) {
  make({"a:1"});
  ASSERT_TRUE(r->start(k_second).ok());
  new_topic("T");
  host.run_pending();
  auto calls = net.calls_of(k_register);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1].topics(), std::set<std::string>{"T"});
}

TEST_F(Registrar, ChangesWhileACallIsUnderWayGoTogether) {
  make({"a:1"});
  ASSERT_TRUE(r->start(k_second).ok());
  net.hold = true;
  new_topic("T");
  host.run_pending();
  new_topic("U");
  new_topic("V");
  host.run_pending();
  EXPECT_EQ(net.held(), 1u);
  net.hold = false;
  net.answer_all();
  host.run_pending();
  auto calls = net.calls_of(k_register);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[2].topics(), (std::set<std::string>{"U", "V"}));
}

TEST_F(Registrar, EverythingIsRegisteredEveryInterval) {
  make({"a:1"});
  ASSERT_TRUE(r->start(k_second).ok());
  new_topic("T");
  host.run_pending();
  host.advance(29 * k_second);
  EXPECT_EQ(net.calls_of(k_register).size(), 2u);
  host.advance(2 * k_second);
  auto calls = net.calls_of(k_register);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[2].topics(), (std::set<std::string>{"T", "TBW102"}));
  host.advance(60 * k_second);
  EXPECT_EQ(net.calls_of(k_register).size(), 5u);
}

TEST_F(Registrar, ANameServerThatIsAwayIsTriedAgainAndLoggedOnce) {
  net.refusing = {"a:1"};
  make({"a:1", "b:2"});
  EXPECT_EQ(r->start(k_second).value(), 1u);
  host.advance(20 * k_second);
  EXPECT_EQ(host.logged(STN_LOG_WARN), 1u);
  EXPECT_GE(net.connects, 5);
  EXPECT_LE(net.connects, 9);
  net.refusing.clear();
  host.advance(4 * k_second);
  auto calls = net.calls_of(k_register);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1].address, "a:1");
}

TEST_F(Registrar, ARestartedNameServerGetsEverythingWithinTheInterval) {
  make({"a:1"});
  ASSERT_TRUE(r->start(k_second).ok());
  new_topic("T");
  host.run_pending();
  net.break_connections();
  host.advance(31 * k_second);
  auto calls = net.calls_of(k_register);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[2].topics(), (std::set<std::string>{"T", "TBW102"}));
  EXPECT_EQ(net.connects, 2);
  EXPECT_EQ(net.open_connections, 1);
}

TEST_F(Registrar, AConnectionThatIsKnownToBeClosedIsReplacedAtOnce) {
  make({"a:1", "b:2"});
  ASSERT_TRUE(r->start(k_second).ok());
  r->connection_closed(net.connection_to("a:1"));
  r->connection_closed(nullptr);
  host.run_pending();
  auto calls = net.calls_of(k_register);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[2].address, "a:1");
  EXPECT_EQ(calls[2].topics(), std::set<std::string>{"TBW102"});
  EXPECT_EQ(net.open_connections, 2);
}

TEST_F(Registrar, AFailureDuringAnIncrementLeadsToEverything) {
  make({"a:1"});
  ASSERT_TRUE(r->start(k_second).ok());
  net.hold = true;
  new_topic("T");
  host.run_pending();
  net.hold = false;
  net.break_connections();
  host.advance(k_second);
  auto calls = net.calls_of(k_register);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[2].topics(), (std::set<std::string>{"T", "TBW102"}));
}

TEST_F(Registrar, ARefusalIsRetriedOnTheSameConnection) {
  net.reply_code = 1;
  make({"a:1"});
  EXPECT_EQ(r->start(k_second).value(), 0u);
  host.advance(10 * k_second);
  EXPECT_EQ(net.connects, 1);
  EXPECT_GE(net.calls_of(k_register).size(), 3u);
  EXPECT_EQ(host.logged(STN_LOG_WARN), 1u);
}

TEST_F(Registrar, ACallerWaitsUntilEveryNameServerThatIsUpKnows) {
  net.refusing = {"c:3"};
  make({"a:1", "b:2", "c:3"});
  ASSERT_TRUE(r->start(k_second).ok());
  net.hold = true;
  new_topic("T");
  int answered = 0;
  r->when_registered(table.generation(), [&] { answered++; });
  host.run_pending();
  EXPECT_EQ(answered, 0);
  net.answer_all();
  EXPECT_EQ(answered, 1);
}

TEST_F(Registrar, ACallerWaitsNoLongerThanTheTimeout) {
  make({"a:1"});
  ASSERT_TRUE(r->start(k_second).ok());
  net.hold = true;
  new_topic("T");
  int answered = 0;
  r->when_registered(table.generation(), [&] { answered++; });
  host.advance(5 * k_second);
  EXPECT_EQ(answered, 0);
  host.advance(2 * k_second);
  EXPECT_EQ(answered, 1);
}

TEST_F(Registrar, OrderConfigurationIsTakenFromTheFirstNameServerThatIsUp) {
  net.refusing = {"a:1"};
  net.reply_body = "conf";
  make({"a:1", "b:2", "c:3"});
  ASSERT_TRUE(r->start(k_second).ok());
  host.run_pending();
  EXPECT_EQ(order, std::vector<std::string>{"conf"});
}

TEST_F(Registrar, SaysGoodByeToThoseThatKnowUs) {
  net.refusing = {"b:2"};
  make({"a:1", "b:2"});
  ASSERT_TRUE(r->start(k_second).ok());
  r->leave(host.exec().mono_ns() + k_second);
  auto calls = net.calls_of(k_unregister);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].address, "a:1");
  EXPECT_EQ(calls[0].fields.at("brokerAddr"), "127.0.0.1:10911");
  new_topic("T");
  host.run_pending();
  EXPECT_EQ(net.calls_of(k_register).size(), 1u) << "nobody registers on the way out";
}

TEST_F(Registrar, StopEndsCallsTimersAndConnectionsAndAnswersWaiters) {
  make({"a:1"});
  ASSERT_TRUE(r->start(k_second).ok());
  net.hold = true;
  new_topic("T");
  int answered = 0;
  r->when_registered(table.generation(), [&] { answered++; });
  host.run_pending();
  r->stop();
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(host.exec().timers(), 0u);
  EXPECT_EQ(net.open_connections, 0);
  host.run_pending();
}

}  // namespace
}  // namespace stn::broker_topics
