#include "router.h"

#include <mutex>
#include <set>
#include <unordered_map>

#include "base.h"
#include "log.h"

namespace stn::kernel {

// A peer that asks for what nobody serves may do so a million times: one line per code and minute.
struct router::unknown_codes {
  static constexpr size_t k_codes_max = 1024;
  static constexpr uint64_t k_interval_ns = 60'000'000'000;
  std::mutex mutex;
  std::unordered_map<int32_t, uint64_t> last_line;

  bool should_log(int32_t code) {
    std::lock_guard lock(mutex);
    const uint64_t now = mono_ns();
    auto it = last_line.find(code);
    if (it == last_line.end()) {
      if (last_line.size() >= k_codes_max) return false;
      last_line.emplace(code, now);
      return true;
    }
    if (now - it->second < k_interval_ns) return false;
    it->second = now;
    return true;
  }
};

// One request of a blocking route on its way to the pool. Not the hot path: it is allocated.
struct router::blocked_request {
  processor *to;
  const stn_req_ops *ops;
  stn_req *req;
  const stn_req_view *view;
  stn_exec *blocking;

  static void run(void *user) {
    std::unique_ptr<blocked_request> me(static_cast<blocked_request *>(user));
    if (!me->to->attached.load(std::memory_order_acquire)) {
      me->ops->reject_n(&me->req, 1, STN_E_CLOSED);
      return;
    }
    const stn_req_batch b = {sizeof(b), 1, me->ops, &me->req, &me->view, me->blocking};
    me->to->api->handle(me->to->self, &b);
  }
};

router::router(metrics *m) : metrics_(m), unknown_(std::make_unique<unknown_codes>()) {
  unsupported_ = m->counter("stn_router_unsupported_total");
  busy_ = m->counter("stn_router_busy_total");
  closed_ = m->counter("stn_router_closed_total");
  scopes_.reserve(k_scopes_max);  // names are read by I/O threads: they must not move
}

router::~router() = default;

stn_iface router::iface() {
  static const stn_router_api table = {
      {sizeof(stn_router_api), STN_VER(1, 0)},
      [](void *self, stn_str name, uint32_t *out) {
        return static_cast<router *>(self)->scope(name, out);
      },
      [](void *self, const stn_req_batch *b) { static_cast<router *>(self)->dispatch(b); },
      [](void *self, stn_conn *c, uint64_t id, uint32_t scope, int32_t what) {
        static_cast<router *>(self)->conn_event(c, id, scope, what);
      }};
  return {&table.h, this};
}

// ---------------------------------------------------------------- tables

const router::entry *router::table::find(int32_t code) const {
  const size_t mask = slots.size() - 1;
  size_t i = (static_cast<uint32_t>(code) * 2654435769u) & mask;
  for (; slots[i].to != nullptr; i = (i + 1) & mask) {
    if (slots[i].code == code) return &slots[i];
  }
  return nullptr;
}

void router::table::insert(const entry &e) {
  const size_t mask = slots.size() - 1;
  size_t i = (static_cast<uint32_t>(e.code) * 2654435769u) & mask;
  while (slots[i].to != nullptr) i = (i + 1) & mask;
  slots[i] = e;
}

bool router::add_processor(const std::string &owner, stn_iface f, std::string *why) {
  auto p = std::make_unique<processor>();
  p->owner = owner;
  p->api = reinterpret_cast<const stn_processor_api *>(f.api);
  p->self = f.self;
  const stn_route *v = nullptr;
  uint32_t n = 0;
  if (p->api->routes(f.self, &v, &n) != STN_OK || (n > 0 && v == nullptr)) {
    *why = owner + " does not tell its routes";
    return false;
  }
  for (uint32_t i = 0; i < n; i++) {
    if (v[i].scope == nullptr || (v[i].flags & ~(STN_ROUTE_BLOCKING | STN_ROUTE_EXACT)) != 0) {
      *why =
          owner + ": route of code " + std::to_string(v[i].code) + " has no scope or unknown flags";
      return false;
    }
    for (const route &r : routes_) {
      if (r.code != v[i].code || r.scope != v[i].scope) continue;
      *why = r.to->owner + " and " + owner + " both serve code " + std::to_string(v[i].code) +
             " in scope " + v[i].scope;
      return false;
    }
    routes_.push_back({v[i].code, v[i].flags, v[i].scope, p.get()});
  }
  processors_.push_back(std::move(p));
  return true;
}

// The narrowest scope wins: a route of "a.b" before one of "a" for listeners of "a.b".
const router::route *router::best_route(const std::string &scope, int32_t code) const {
  const route *best = nullptr;
  for (const route &r : routes_) {
    const bool same = r.scope == scope;
    const bool below = (r.flags & STN_ROUTE_EXACT) == 0 && scope.starts_with(r.scope + ".");
    if (r.code != code || (!same && !below)) continue;
    if (best == nullptr || r.scope.size() > best->scope.size()) best = &r;
  }
  return best;
}

const router::table *router::build(const std::string &scope) {
  std::set<int32_t> codes;
  for (const route &r : routes_) codes.insert(r.code);
  auto t = std::make_unique<table>();
  size_t size = 16;
  while (size < codes.size() * 2) size *= 2;
  t->slots.resize(size);
  for (const int32_t code : codes) {
    const route *r = best_route(scope, code);
    if (r == nullptr) continue;
    const std::string number = std::to_string(code);
    const stn_kv labels[2] = {{str("scope"), str(scope)}, {str("code"), str(number)}};
    t->insert({code, r->flags, r->to, metrics_->counter("stn_router_requests_total", labels, 2)});
  }
  tables_.push_back(std::move(t));
  return tables_.back().get();
}

void router::publish(uint32_t number) {
  by_scope_[number].store(build(scopes_[number - 1]), std::memory_order_release);
}

stn_status router::scope(stn_str name, uint32_t *out) {
  const std::string text(view(name));
  for (size_t i = 0; i < scopes_.size(); i++) {
    if (scopes_[i] != text) continue;
    *out = static_cast<uint32_t>(i + 1);
    return STN_OK;
  }
  if (scopes_.size() == k_scopes_max) return STN_E_RANGE;
  scopes_.push_back(text);
  *out = static_cast<uint32_t>(scopes_.size());
  if (open_.load(std::memory_order_relaxed)) publish(*out);
  return STN_OK;
}

void router::open() {
  for (uint32_t i = 1; i <= scopes_.size(); i++) publish(i);
  open_.store(true, std::memory_order_release);
}

void router::close() { open_.store(false, std::memory_order_release); }

void router::detach(const std::string &owner) {
  for (auto &p : processors_) {
    if (p->owner == owner) p->attached.store(false, std::memory_order_release);
  }
}

// ---------------------------------------------------------------- requests

void router::dispatch(const stn_req_batch *b) {
  if (!open_.load(std::memory_order_acquire)) [[unlikely]] {
    metrics::add(closed_, b->n);
    b->ops->reject_n(b->req, b->n, STN_E_CLOSED);
    return;
  }
  for (uint32_t from = 0; from < b->n;) {
    const stn_req_view *first = b->view[from];
    uint32_t to = from + 1;
    while (to < b->n && b->view[to]->code == first->code && b->view[to]->scope == first->scope)
      to++;
    route_run(b, from, to - from);
    from = to;
  }
}

void router::route_run(const stn_req_batch *b, uint32_t from, uint32_t n) {
  const stn_req_batch run = {sizeof(run), n, b->ops, b->req + from, b->view + from, b->home};
  const uint32_t scope = run.view[0]->scope;
  const table *t =
      scope <= k_scopes_max ? by_scope_[scope].load(std::memory_order_acquire) : nullptr;
  const entry *e = t != nullptr ? t->find(run.view[0]->code) : nullptr;
  if (e == nullptr) {
    unknown(&run);
  } else {
    hand_over(&run, e);
  }
}

void router::hand_over(const stn_req_batch *run, const entry *e) {
  metrics::add(e->requests, run->n);
  if (!e->to->attached.load(std::memory_order_acquire)) [[unlikely]] {
    metrics::add(closed_, run->n);
    run->ops->reject_n(run->req, run->n, STN_E_CLOSED);
  } else if ((e->flags & STN_ROUTE_BLOCKING) != 0) {
    to_blocking(run, e->to);
  } else {
    e->to->api->handle(e->to->self, run);
  }
}

void router::to_blocking(const stn_req_batch *run, processor *to) {
  for (uint32_t i = 0; i < run->n; i++) {
    const stn_req_view *kept = run->ops->keep(run->req[i]);
    stn_status st = STN_E_NO_MEMORY;
    if (kept != nullptr) {
      auto *call = new blocked_request{to, run->ops, run->req[i], kept, blocking_};
      const stn_task t = {blocked_request::run, call};
      st = executors::post(blocking_, &t, 1);
      if (st != STN_OK) delete call;
    }
    if (st != STN_OK) {
      metrics::add(busy_, 1);
      run->ops->reject_n(run->req + i, 1, STN_E_BUSY);
    }
  }
}

void router::unknown(const stn_req_batch *run) {
  metrics::add(unsupported_, run->n);
  const stn_req_view *v = run->view[0];
  if (unknown_->should_log(v->code)) {
    const std::string code = std::to_string(v->code);
    const bool known = v->scope >= 1 && v->scope <= k_scopes_max && by_scope_[v->scope] != nullptr;
    const std::string_view scope = known ? std::string_view(scopes_[v->scope - 1]) : "unknown";
    const stn_kv kv[3] = {
        {str("code"), str(code)}, {str("scope"), str(scope)}, {str("peer"), v->peer}};
    log::write(STN_LOG_WARN, "kernel", "request code that nobody serves", kv, 3);
  }
  run->ops->reject_n(run->req, run->n, STN_E_UNSUPPORTED);
}

void router::conn_event(stn_conn *c, uint64_t conn_id, uint32_t scope, int32_t what) {
  for (auto &p : processors_) {
    if (!STN_HAS(p->api, stn_processor_api, on_conn)) continue;
    if (p->attached.load(std::memory_order_acquire)) {
      p->api->on_conn(p->self, c, conn_id, scope, what);
    }
  }
}

}  // namespace stn::kernel
