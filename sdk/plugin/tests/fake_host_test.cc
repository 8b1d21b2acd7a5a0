#include "stanchion/sdk/testing/fake_host.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "stanchion/sdk/testing/fake_requests.h"

namespace stn {
namespace {

const stn_exec_api *exec_of(testing::fake_host &h) {
  auto x = h.host().get<stn_exec_api>(STN_EXEC_ID);
  return x.ok() ? x.value().api : nullptr;
}

stn_task count_up(int *n) {
  return {[](void *u) { ++*static_cast<int *>(u); }, n};
}

TEST(FakeHost, SettingsAnswerByPathAndCountElements) {
  testing::fake_host h;
  h.set_cfg("dir", "/x").set_cfg("listen[1].port", 7).set_cfg("sync", true);
  EXPECT_EQ(h.host().cfg_str("dir"), "/x");
  EXPECT_EQ(h.host().cfg_i64("listen[1].port"), 7);
  EXPECT_EQ(h.host().cfg_i64("sync"), 1);
  EXPECT_EQ(h.host().cfg_count("listen"), 2u);
  EXPECT_EQ(h.host().cfg_i64("absent", 42), 42);
}

TEST(FakeHost, TasksRunOnlyWhenAsked) {
  testing::fake_host h;
  int n = 0;
  const stn_task t = count_up(&n);
  EXPECT_EQ(exec_of(h)->post(h.exec().io(0), &t, 1), STN_OK);
  EXPECT_EQ(n, 0);
  EXPECT_EQ(h.run_pending(), 1u);
  EXPECT_EQ(n, 1);
}

TEST(FakeHost, BlockingPoolRefusesWhenFull) {
  testing::fake_host h;
  h.exec().set_blocking_capacity(1);
  int n = 0;
  const stn_task t[2] = {count_up(&n), count_up(&n)};
  EXPECT_EQ(exec_of(h)->post(h.exec().blocking(), t, 2), STN_E_BUSY);
  EXPECT_EQ(exec_of(h)->post(h.exec().blocking(), t, 1), STN_OK);
  EXPECT_EQ(h.run_pending(), 1u);
}

TEST(FakeHost, TimersFollowTheManualClock) {
  testing::fake_host h;
  int once = 0;
  int often = 0;
  stn_timer *a = nullptr;
  stn_timer *b = nullptr;
  exec_of(h)->timer(h.exec().io(0), 5, 0, count_up(&once), &a);
  exec_of(h)->timer(h.exec().io(0), 10, 10, count_up(&often), &b);
  h.advance(4);
  EXPECT_EQ(once, 0);
  h.advance(31);
  EXPECT_EQ(once, 1);
  EXPECT_EQ(often, 3);
  exec_of(h)->timer_cancel(b);
  h.advance(100);
  EXPECT_EQ(often, 3);
  exec_of(h)->timer_cancel(a);
  EXPECT_EQ(h.exec().timers(), 0u);
}

TEST(FakeHost, DescriptorsAreReportedWhileWanted) {
  testing::fake_host h;
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  uint32_t seen = 0;
  stn_watch *w = nullptr;
  exec_of(h)->watch_fd(
      h.exec().io(0), fds[0], STN_FD_READ,
      [](void *u, uint32_t ready) { *static_cast<uint32_t *>(u) = ready; }, &seen, &w, nullptr);
  EXPECT_EQ(h.exec().poll_fds(0), 0u);
  ASSERT_EQ(::write(fds[1], "x", 1), 1);
  EXPECT_EQ(h.exec().poll_fds(1000), 1u);
  EXPECT_EQ(seen, STN_FD_READ);
  exec_of(h)->unwatch(w);
  EXPECT_EQ(h.exec().watches(), 0u);
  ::close(fds[0]);
  ::close(fds[1]);
}

TEST(FakeHost, CurrentIsTheExecutorOfTheTask) {
  testing::fake_host h("t", 2);
  stn_exec *seen = nullptr;
  struct look {
    const stn_exec_api *api;
    stn_exec **out;
  } arg = {exec_of(h), &seen};
  const stn_task t = {[](void *u) {
                        auto *l = static_cast<look *>(u);
                        *l->out = l->api->current(nullptr);
                      },
                      &arg};
  exec_of(h)->post(h.exec().io(1), &t, 1);
  h.run_pending();
  EXPECT_EQ(seen, h.exec().io(1));
  EXPECT_EQ(exec_of(h)->current(nullptr), nullptr);
  testing::fake_exec::on_thread here(h.exec().io(0));
  EXPECT_EQ(exec_of(h)->current(nullptr), h.exec().io(0));
}

TEST(FakeHost, MetricsLogsAndFatalCanBeReadBack) {
  testing::fake_host h;
  auto m = h.host().get<stn_metrics_api>(STN_METRICS_ID);
  ASSERT_TRUE(m.ok());
  stn_metric *c = nullptr;
  const stn_kv label = {str("code"), str("10")};
  m.value()->add(m.value().self, STN_METRIC_COUNTER, "x_total", "", &label, 1, &c, nullptr);
  m.value()->inc(c, 3);
  EXPECT_EQ(h.metrics().value("x_total{code=\"10\"}"), 3);
  EXPECT_EQ(h.metrics().total("x_total"), 3);
  h.host().warn("odd", {{"n", 5}});
  ASSERT_EQ(h.logs().size(), 1u);
  EXPECT_EQ(h.logs()[0].fields[0].second, "5");
  EXPECT_EQ(h.logged(STN_LOG_ERROR), 0u);
  h.host().fatal(STN_E_IO, "disk");
  EXPECT_EQ(h.fatal_code(), STN_E_IO);
}

TEST(FakeHost, UnknownInterfaceIsNotFound) {
  testing::fake_host h;
  EXPECT_EQ(h.host().get<stn_hdr>("org.example.none/1").error().code(), STN_E_NOT_FOUND);
}

TEST(FakeRequests, AnswersComeBackByIndex) {
  testing::fake_host h;
  testing::fake_requests rq(h.exec().io(0));
  static const stn_processor_api echo = {
      {sizeof(stn_processor_api), STN_VER(1, 0)},
      nullptr,
      [](void *, const stn_req_batch *b) {
        for (uint32_t i = 0; i < b->n; i++) {
          const stn_bslice body = {b->view[i]->body.data, b->view[i]->body.len, nullptr};
          const stn_resp r = {b->view[i]->code, 0, {nullptr, 0}, nullptr, &body, 1, 0};
          b->ops->respond_n(b->req + i, &r, 1);
        }
      },
      nullptr};
  rq.add({.code = 7, .body = "a"});
  rq.add({.code = 8, .body = "b"});
  rq.handle(&echo, nullptr);
  EXPECT_EQ(rq.answered(), 2u);
  EXPECT_EQ(rq.answer(1).code, 8);
  EXPECT_EQ(rq.answer(1).body, "b");
}

}  // namespace
}  // namespace stn
