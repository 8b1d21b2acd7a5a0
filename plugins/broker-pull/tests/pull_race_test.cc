// Messages that arrive on another thread while a pull is on its way into the hold list: none is missed.
#include <chrono>

#include "fakes.h"

namespace stn::broker_pull::testing {
namespace {

class PullRace : public pull_fixture {};

TEST_F(PullRace, AConsumerThatWaitsAtTheEndSeesEveryMessage) {
  constexpr int64_t k_messages = 20'000;
  constexpr std::chrono::seconds k_deadline{30};
  up();
  std::thread producer([&] {
    for (int64_t i = 0; i < k_messages; i++) store.put(k_t, 3, {std::to_string(i) + ","});
  });
  const auto begin = std::chrono::steady_clock::now();
  int64_t next = 0;
  std::string received;
  while (next < k_messages && std::chrono::steady_clock::now() - begin < k_deadline) {
    const size_t i = send(waiting_pull("T", 3, next));
    while (!answered(i) && std::chrono::steady_clock::now() - begin < k_deadline)
      host.run_pending();
    if (!answered(i)) break;
    const auto a = requests.answer(i);
    ASSERT_EQ(a.code, 0) << a.remark;
    received += a.body;
    next = std::stoll(a.fields.at("nextBeginOffset"));
  }
  producer.join();
  ASSERT_EQ(next, k_messages) << "the last pull was held and never woken";
  std::string expected;
  for (int64_t i = 0; i < k_messages; i++) expected += std::to_string(i) + ",";
  EXPECT_EQ(received, expected);
}

}  // namespace
}  // namespace stn::broker_pull::testing
