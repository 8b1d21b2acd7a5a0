#include "exec.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <new>

#include "base.h"
#include "metrics.h"

// Every allocation of this test program is counted. Not inlined: with one half of a pair inlined, as in a sanitized
// build, gcc warns of a mismatch.
static std::atomic<uint64_t> g_allocations{0};
[[gnu::noinline]] void *operator new(size_t n) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void *p = std::malloc(n)) return p;
  std::abort();
}
[[gnu::noinline]] void operator delete(void *p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void *p, size_t) noexcept { std::free(p); }

namespace stn::kernel {
namespace {

constexpr uint64_t k_second = 1'000'000'000;

class Exec : public ::testing::Test {
 protected:
  executors x_{{2, 2, 8}};
  const stn_exec_api *api_ = reinterpret_cast<const stn_exec_api *>(x_.iface().api);

  // Runs f on I/O thread i and waits for it.
  void on_io(uint32_t i, std::function<void()> f) {
    std::promise<void> done;
    std::function<void()> g = [&] {
      f();
      done.set_value();
    };
    const stn_task t = {[](void *u) { (*static_cast<std::function<void()> *>(u))(); }, &g};
    ASSERT_EQ(api_->post(x_.io(i), &t, 1), STN_OK);
    done.get_future().wait();
  }
};

TEST_F(Exec, TasksRunInOrderOnTheirThread) {
  struct state {
    const stn_exec_api *api;
    stn_exec *x;
    std::vector<int> seen;
    bool right_thread = true;
  } s{api_, x_.io(1), {}, true};
  struct arg {
    state *s;
    int i;
  };
  std::vector<arg> args;
  for (int i = 0; i < 100; i++) args.push_back({&s, i});
  std::vector<stn_task> tasks;
  for (auto &a : args) {
    tasks.push_back({[](void *u) {
                       auto *a = static_cast<arg *>(u);
                       a->s->seen.push_back(a->i);
                       a->s->right_thread &= a->s->api->current(nullptr) == a->s->x;
                     },
                     &a});
  }
  ASSERT_EQ(api_->post(x_.io(1), tasks.data(), 100), STN_OK);
  ASSERT_TRUE(x_.settle(mono_ns() + 10 * k_second));
  ASSERT_EQ(s.seen.size(), 100u);
  for (int i = 0; i < 100; i++) EXPECT_EQ(s.seen[static_cast<size_t>(i)], i);
  EXPECT_TRUE(s.right_thread);
  EXPECT_EQ(api_->current(nullptr), nullptr);
}

TEST_F(Exec, TheBlockingPoolIsBounded) {
  std::promise<void> gate;
  auto open = gate.get_future().share();
  const stn_task wait = {[](void *u) { static_cast<std::shared_future<void> *>(u)->wait(); },
                         &open};
  ASSERT_EQ(api_->post(x_.blocking(), &wait, 1), STN_OK);
  ASSERT_EQ(api_->post(x_.blocking(), &wait, 1), STN_OK);
  uint32_t accepted = 0;
  while (accepted < 100 && api_->post(x_.blocking(), &wait, 1) == STN_OK) accepted++;
  EXPECT_GE(accepted, 6u);  // both threads may not have taken theirs yet
  EXPECT_LE(accepted, 8u);
  const stn_task many[3] = {wait, wait, wait};
  EXPECT_EQ(api_->post(x_.blocking(), many, 3), STN_E_BUSY);
  gate.set_value();
  EXPECT_TRUE(x_.settle(mono_ns() + 10 * k_second));
}

TEST_F(Exec, APeriodicTimerRunsUntilItIsCancelled) {
  struct state {
    std::atomic<int> n{0};
    std::promise<void> third;
  } s;
  stn_timer *t = nullptr;
  const stn_task tick = {[](void *u) {
                           auto *s = static_cast<state *>(u);
                           if (++s->n == 3) s->third.set_value();
                         },
                         &s};
  ASSERT_EQ(api_->timer(x_.io(0), 1000, 1'000'000, tick, &t), STN_OK);
  s.third.get_future().wait();
  api_->timer_cancel(t);
  const int n = s.n;
  stn_timer *later = nullptr;
  std::promise<void> passed;
  const stn_task done = {[](void *u) { static_cast<std::promise<void> *>(u)->set_value(); },
                         &passed};
  ASSERT_EQ(api_->timer(x_.io(0), 5'000'000, 0, done, &later), STN_OK);
  passed.get_future().wait();
  EXPECT_EQ(s.n, n);
  api_->timer_cancel(later);
}

TEST_F(Exec, ATimerMayCancelItself) {
  struct state {
    const stn_exec_api *api;
    stn_timer *t = nullptr;
    int n = 0;
  } s{api_, nullptr, 0};
  const stn_task once = {[](void *u) {
                           auto *s = static_cast<state *>(u);
                           s->n++;
                           s->api->timer_cancel(s->t);
                         },
                         &s};
  std::promise<void> passed;
  stn_timer *later = nullptr;
  const stn_task done = {[](void *u) { static_cast<std::promise<void> *>(u)->set_value(); },
                         &passed};
  on_io(0, [&] {
    ASSERT_EQ(api_->timer(x_.io(0), 0, 1000, once, &s.t), STN_OK);
    ASSERT_EQ(api_->timer(x_.io(0), 2'000'000, 0, done, &later), STN_OK);
  });
  passed.get_future().wait();
  on_io(0, [&] { EXPECT_EQ(s.n, 1); });
  api_->timer_cancel(later);
}

// One end of a socket pair under watch; counts callbacks and reads nothing unless told to.
struct watched {
  const stn_exec_api *api;
  int fds[2];
  stn_watch *w = nullptr;
  int calls = 0;
  int reads_left = 0;
  uint32_t want_after = STN_FD_READ;
  std::promise<void> done;

  static void ready(void *u, uint32_t what) {
    auto *me = static_cast<watched *>(u);
    EXPECT_EQ(what, STN_FD_READ);
    me->calls++;
    char c;
    if (me->reads_left-- > 0) return;  // level-triggered: called again although nothing was read
    EXPECT_EQ(::read(me->fds[0], &c, 1), 1);
    me->api->fd_want(me->w, me->want_after);
    me->done.set_value();
  }
};

TEST_F(Exec, ADescriptorIsReportedUntilItIsRead) {
  watched s{};
  s.api = api_;
  s.reads_left = 3;
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s.fds), 0);
  on_io(0, [&] {
    stn_error err{};
    ASSERT_EQ(api_->watch_fd(x_.io(0), s.fds[0], STN_FD_READ, watched::ready, &s, &s.w, &err),
              STN_OK)
        << err.msg;
  });
  ASSERT_EQ(::write(s.fds[1], "x", 1), 1);
  s.done.get_future().wait();
  on_io(0, [&] {
    EXPECT_EQ(s.calls, 4);
    api_->unwatch(s.w);
  });
  ::close(s.fds[0]);
  ::close(s.fds[1]);
}

TEST_F(Exec, AnUnwantedDescriptorIsSilentUntilItIsWantedAgain) {
  watched s{};
  s.api = api_;
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s.fds), 0);
  on_io(0, [&] {
    ASSERT_EQ(api_->watch_fd(x_.io(0), s.fds[0], 0, watched::ready, &s, &s.w, nullptr), STN_OK);
  });
  ASSERT_EQ(::write(s.fds[1], "x", 1), 1);
  on_io(0, [&] { EXPECT_EQ(s.calls, 0); });
  on_io(0, [&] { api_->fd_want(s.w, STN_FD_READ); });
  s.done.get_future().wait();
  on_io(0, [&] {
    EXPECT_EQ(s.calls, 1);
    api_->unwatch(s.w);
  });
  ::close(s.fds[0]);
  ::close(s.fds[1]);
}

TEST_F(Exec, AWatchMayEndItself) {
  struct state {
    const stn_exec_api *api;
    int fds[2];
    stn_watch *w = nullptr;
    std::promise<void> done;
  } s{api_, {}, nullptr, {}};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s.fds), 0);
  on_io(1, [&] {
    ASSERT_EQ(api_->watch_fd(
                  x_.io(1), s.fds[0], STN_FD_READ | STN_FD_WRITE,
                  [](void *u, uint32_t) {
                    auto *me = static_cast<state *>(u);
                    me->api->unwatch(me->w);
                    ::close(me->fds[0]);
                    me->done.set_value();
                  },
                  &s, &s.w, nullptr),
              STN_OK);
  });
  s.done.get_future().wait();
  on_io(1, [] {});
  ::close(s.fds[1]);
}

TEST_F(Exec, WatchingFromAnotherThreadIsRefused) {
  stn_watch *w = nullptr;
  stn_error err{};
  EXPECT_EQ(api_->watch_fd(x_.io(0), 0, STN_FD_READ, watched::ready, nullptr, &w, &err),
            STN_E_INVALID);
}

// Ping-pong over a watched descriptor, posts from another thread and a fast timer: nothing is allocated once warm.
TEST_F(Exec, TheSteadyStateAllocatesNothing) {
  struct state {
    const stn_exec_api *api;
    int fd = -1;
    stn_watch *w = nullptr;
    std::atomic<uint64_t> reads{0}, posts{0}, ticks{0};
  } s{api_, -1, nullptr, {}, {}, {}};
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  s.fd = fds[0];
  on_io(0, [&] {
    ASSERT_EQ(api_->watch_fd(
                  x_.io(0), s.fd, STN_FD_READ,
                  [](void *u, uint32_t) {
                    auto *me = static_cast<state *>(u);
                    char buffer[64];
                    if (::read(me->fd, buffer, sizeof(buffer)) > 0) me->reads++;
                  },
                  &s, &s.w, nullptr),
              STN_OK);
  });
  stn_timer *timer = nullptr;
  const stn_task tick = {[](void *u) { static_cast<state *>(u)->ticks++; }, &s};
  ASSERT_EQ(api_->timer(x_.io(0), 0, 50'000, tick, &timer), STN_OK);
  const stn_task post = {[](void *u) { static_cast<state *>(u)->posts++; }, &s};
  const auto rounds = [&](uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
      const uint64_t reads = s.reads;
      const uint64_t posts = s.posts;
      ASSERT_EQ(::write(fds[1], "x", 1), 1);
      ASSERT_EQ(api_->post(x_.io(0), &post, 1), STN_OK);
      ASSERT_EQ(api_->post(x_.io(1), &post, 1), STN_OK);
      while (s.reads == reads || s.posts < posts + 2) std::this_thread::yield();
    }
    const uint64_t ticks = s.ticks;
    while (s.ticks < ticks + 10) std::this_thread::yield();
  };
  rounds(2000);
  const uint64_t before = g_allocations;
  rounds(10000);
  EXPECT_EQ(g_allocations - before, 0u);
  api_->timer_cancel(timer);
  on_io(0, [&] { api_->unwatch(s.w); });
  ::close(fds[0]);
  ::close(fds[1]);
}

TEST_F(Exec, PluginThreadsAreStartedAndJoined) {
  std::atomic<int> n{0};
  const stn_task t = {[](void *u) { ++*static_cast<std::atomic<int> *>(u); }, &n};
  uint64_t id = 0;
  ASSERT_EQ(api_->thread_start(&x_, str("flusher"), t, &id, nullptr), STN_OK);
  EXPECT_EQ(api_->thread_join(&x_, id), STN_OK);
  EXPECT_EQ(n, 1);
  EXPECT_EQ(api_->thread_join(&x_, id), STN_E_NOT_FOUND);
}

TEST(Executors, EndRunsWhatWasAcceptedAndSurvivesALeftTimer) {
  std::atomic<int> n{0};
  {
    executors x({1, 1, 100});
    const auto *api = reinterpret_cast<const stn_exec_api *>(x.iface().api);
    const stn_task t = {[](void *u) { ++*static_cast<std::atomic<int> *>(u); }, &n};
    for (int i = 0; i < 50; i++) {
      EXPECT_EQ(api->post(x.io(0), &t, 1), STN_OK);
      EXPECT_EQ(api->post(x.blocking(), &t, 1), STN_OK);
    }
  }
  EXPECT_EQ(n, 100);
}

TEST(Metrics, CountersAndGaugesAreDumpedSorted) {
  metrics m;
  const auto *api = reinterpret_cast<const stn_metrics_api *>(m.iface().api);
  stn_metric *c = nullptr;
  stn_metric *g = nullptr;
  const stn_kv label = {str("code"), str("a\"b")};
  ASSERT_EQ(api->add(&m, STN_METRIC_COUNTER, "b_total", "", &label, 1, &c, nullptr), STN_OK);
  ASSERT_EQ(api->add(&m, STN_METRIC_GAUGE, "a", "", nullptr, 0, &g, nullptr), STN_OK);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; k++) api->inc(c, 1);
    });
  }
  for (auto &t : threads) t.join();
  api->set(g, 7);
  api->inc(g, -2);
  EXPECT_EQ(m.dump(), "a 5\nb_total{code=\"a\\\"b\"} 4000\n");
  stn_metric *again = nullptr;
  EXPECT_EQ(api->add(&m, STN_METRIC_COUNTER, "b_total", "", &label, 1, &again, nullptr), STN_OK);
  EXPECT_EQ(again, c);
  EXPECT_EQ(api->add(&m, STN_METRIC_COUNTER, "a", "", nullptr, 0, &again, nullptr), STN_E_EXISTS);
  EXPECT_EQ(api->add(&m, STN_METRIC_COUNTER, "Bad-Name", "", nullptr, 0, &again, nullptr),
            STN_E_INVALID);
  EXPECT_EQ(api->add(&m, 9, "x", "", nullptr, 0, &again, nullptr), STN_E_UNSUPPORTED);
}

}  // namespace
}  // namespace stn::kernel
