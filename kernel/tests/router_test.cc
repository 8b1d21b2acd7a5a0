#include "router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "base.h"
#include "log.h"

namespace stn::kernel {
namespace {

constexpr uint64_t k_second = 1'000'000'000;

// A transport's side: requests with what became of them.
struct request {
  stn_req handle{};  // first: a stn_req is its request
  stn_req_view view{};
  int32_t answered = -1;
  stn_status rejected = STN_OK;
  bool kept = false;
};
std::mutex g_mutex;  // guards the outcome of every request

request *of(stn_req *r) { return reinterpret_cast<request *>(r); }

const stn_req_ops k_ops = {{sizeof(stn_req_ops), STN_VER(1, 0)},
                           [](stn_req *const *r, const stn_resp *v, uint32_t n) {
                             std::lock_guard lock(g_mutex);
                             for (uint32_t i = 0; i < n; i++) of(r[i])->answered = v[i].code;
                           },
                           [](stn_req *const *r, uint32_t n, stn_status why) {
                             std::lock_guard lock(g_mutex);
                             for (uint32_t i = 0; i < n; i++) of(r[i])->rejected = why;
                           },
                           [](stn_req *r) -> const stn_req_view * {
                             of(r)->kept = true;
                             return &of(r)->view;
                           }};

// A processor that answers with its own number and notes the size of each run.
struct processor {
  std::vector<stn_route> routes;
  int32_t number = 0;
  std::vector<uint32_t> runs;
  std::vector<stn_exec *> homes;
  int connections = 0;

  static void handle(void *self, const stn_req_batch *b) {
    auto *me = static_cast<processor *>(self);
    {
      std::lock_guard lock(g_mutex);
      me->runs.push_back(b->n);
      me->homes.push_back(b->home);
    }
    for (uint32_t i = 0; i < b->n; i++) {
      const stn_resp r = {me->number, 0, {nullptr, 0}, nullptr, nullptr, 0, 0};
      b->ops->respond_n(b->req + i, &r, 1);
    }
  }
  stn_iface iface() {
    static const stn_processor_api table = {
        {sizeof(stn_processor_api), STN_VER(1, 0)},
        [](void *self, const stn_route **v, uint32_t *n) {
          *v = static_cast<processor *>(self)->routes.data();
          *n = static_cast<uint32_t>(static_cast<processor *>(self)->routes.size());
          return stn_status{STN_OK};
        },
        handle,
        [](void *self, stn_conn *, uint64_t, uint32_t, int32_t what) {
          static_cast<processor *>(self)->connections += what == STN_CONN_OPENED ? 1 : -1;
        }};
    return {&table.h, this};
  }
};

class Router : public ::testing::Test {
 protected:
  Router() { r_.set_blocking(x_.blocking()); }

  uint32_t scope(const char *name) {
    uint32_t n = 0;
    EXPECT_EQ(r_.scope(str(name), &n), STN_OK);
    return n;
  }
  void add(processor *p, int32_t number, std::vector<stn_route> routes) {
    p->number = number;
    p->routes = std::move(routes);
    std::string why;
    EXPECT_TRUE(r_.add_processor("p" + std::to_string(number), p->iface(), &why)) << why;
  }
  // Dispatches requests given as (code, scope) and returns them.
  std::vector<request> dispatch(const std::vector<std::pair<int32_t, uint32_t>> &wanted) {
    std::vector<request> v(wanted.size());
    std::vector<stn_req *> reqs;
    std::vector<const stn_req_view *> views;
    for (size_t i = 0; i < v.size(); i++) {
      v[i].view.size = sizeof(stn_req_view);
      v[i].view.code = wanted[i].first;
      v[i].view.scope = wanted[i].second;
      v[i].view.peer = str("10.0.0.1:5");
      reqs.push_back(&v[i].handle);
      views.push_back(&v[i].view);
    }
    const stn_req_batch b = {
        sizeof(b), static_cast<uint32_t>(v.size()), &k_ops, reqs.data(), views.data(), x_.io(0)};
    r_.dispatch(&b);
    EXPECT_TRUE(x_.settle(mono_ns() + 10 * k_second));
    return v;
  }

  metrics m_;
  executors x_{{1, 2, 4}};
  router r_{&m_};
};

TEST_F(Router, ABatchIsCutWhereCodeOrScopeChange) {
  const uint32_t a = scope("a");
  const uint32_t b = scope("b");
  processor p1, p2;
  add(&p1, 1, {{10, 0, "a"}, {11, 0, "a"}});
  add(&p2, 2, {{10, 0, "b"}});
  r_.open();
  const auto v = dispatch({{10, a}, {10, a}, {11, a}, {10, a}, {10, b}, {10, b}, {10, b}});
  EXPECT_EQ(p1.runs, (std::vector<uint32_t>{2, 1, 1}));
  EXPECT_EQ(p2.runs, std::vector<uint32_t>{3});
  EXPECT_EQ(p1.homes[0], x_.io(0));
  for (size_t i = 0; i < 4; i++) EXPECT_EQ(v[i].answered, 1);
  for (size_t i = 4; i < 7; i++) EXPECT_EQ(v[i].answered, 2);
  EXPECT_NE(m_.dump().find("stn_router_requests_total{scope=\"a\",code=\"10\"} 3"),
            std::string::npos);
}

TEST_F(Router, SubScopesAreServedUnlessARouteIsExactAndTheNarrowerWins) {
  const uint32_t fast = scope("a.fast");
  const uint32_t deeper = scope("a.fast.er");
  const uint32_t other = scope("ab");
  processor p1, p2;
  add(&p1, 1, {{10, 0, "a"}, {11, STN_ROUTE_EXACT, "a"}, {12, 0, "a"}});
  add(&p2, 2, {{12, 0, "a.fast"}});
  r_.open();
  const auto v = dispatch({{10, fast}, {11, fast}, {12, fast}, {12, deeper}, {10, other}});
  EXPECT_EQ(v[0].answered, 1);
  EXPECT_EQ(v[1].rejected, STN_E_UNSUPPORTED);
  EXPECT_EQ(v[2].answered, 2);
  EXPECT_EQ(v[3].answered, 2);
  EXPECT_EQ(v[4].rejected, STN_E_UNSUPPORTED);
  EXPECT_NE(m_.dump().find("stn_router_unsupported_total 2"), std::string::npos);
}

TEST_F(Router, UnknownCodesAndScopesAreRefused) {
  processor p;
  const uint32_t a = scope("a");
  add(&p, 1, {{10, 0, "a"}});
  r_.open();
  const auto v = dispatch({{999, a}, {-1, a}, {10, 0}, {10, 63}, {10, 4'000'000'000u}});
  for (const auto &q : v) EXPECT_EQ(q.rejected, STN_E_UNSUPPORTED);
}

TEST_F(Router, NothingIsServedBeforeOpenAndAfterClose) {
  processor p;
  const uint32_t a = scope("a");
  add(&p, 1, {{10, 0, "a"}});
  EXPECT_EQ(dispatch({{10, a}})[0].rejected, STN_E_CLOSED);
  r_.open();
  EXPECT_EQ(dispatch({{10, a}})[0].answered, 1);
  r_.close();
  EXPECT_EQ(dispatch({{10, a}})[0].rejected, STN_E_CLOSED);
  EXPECT_NE(m_.dump().find("stn_router_closed_total 2"), std::string::npos);
}

TEST_F(Router, ADetachedProcessorIsNotCalled) {
  processor p;
  const uint32_t a = scope("a");
  add(&p, 1, {{10, 0, "a"}});
  r_.open();
  r_.conn_event(nullptr, 1, a, STN_CONN_OPENED);
  r_.detach("p1");
  r_.conn_event(nullptr, 2, a, STN_CONN_OPENED);
  EXPECT_EQ(p.connections, 1);
  EXPECT_EQ(dispatch({{10, a}})[0].rejected, STN_E_CLOSED);
  EXPECT_TRUE(p.runs.empty());
}

TEST_F(Router, BlockingRoutesRunOneByOneOnThePoolAndAreRefusedWhenItIsFull) {
  processor p;
  const uint32_t a = scope("a");
  add(&p, 1, {{10, STN_ROUTE_BLOCKING, "a"}});
  r_.open();
  std::vector<std::pair<int32_t, uint32_t>> many(3, {10, a});
  for (const auto &q : dispatch(many)) {
    EXPECT_EQ(q.answered, 1);
    EXPECT_TRUE(q.kept);
  }
  EXPECT_EQ(p.runs, (std::vector<uint32_t>{1, 1, 1}));
  EXPECT_EQ(p.homes[0], x_.blocking());

  std::mutex gate;
  gate.lock();
  const stn_task hold = {[](void *u) { std::lock_guard lock(*static_cast<std::mutex *>(u)); },
                         &gate};
  for (int i = 0; i < 6; i++) {
    while (executors::post(x_.blocking(), &hold, 1) != STN_OK) std::this_thread::yield();
    if (i < 2) continue;  // two are running or about to, four fill the queue
  }
  request q;
  q.view.size = sizeof(stn_req_view);
  q.view.code = 10;
  q.view.scope = a;
  stn_req *handle = &q.handle;
  const stn_req_view *view = &q.view;
  const stn_req_batch b = {sizeof(b), 1, &k_ops, &handle, &view, x_.io(0)};
  r_.dispatch(&b);
  EXPECT_EQ(q.rejected, STN_E_BUSY);
  gate.unlock();
  EXPECT_TRUE(x_.settle(mono_ns() + 10 * k_second));
}

TEST_F(Router, TwoProcessorsForOneCodeAndScopeAreAClash) {
  processor p1, p2;
  add(&p1, 1, {{10, 0, "a"}});
  p2.routes = {{10, 0, "a"}};
  std::string why;
  EXPECT_FALSE(r_.add_processor("second", p2.iface(), &why));
  EXPECT_EQ(why, "p1 and second both serve code 10 in scope a");
}

TEST_F(Router, UnknownRouteFlagsAreRefused) {
  processor p;
  p.routes = {{10, 64, "a"}};
  std::string why;
  EXPECT_FALSE(r_.add_processor("p", p.iface(), &why));
}

TEST_F(Router, AScopeHasOneNumberAndMayComeLate) {
  processor p;
  add(&p, 1, {{10, 0, "a"}});
  EXPECT_EQ(scope("a"), scope("a"));
  EXPECT_NE(scope("a"), scope("b"));
  r_.open();
  EXPECT_EQ(dispatch({{10, scope("a.late")}})[0].answered, 1);
}

}  // namespace
}  // namespace stn::kernel
