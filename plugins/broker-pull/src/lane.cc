#include "lane.h"

#include <utility>

#include "cold_read.h"
#include "stanchion/protocol/codes.h"

namespace stn::broker_pull {
namespace {

namespace rc = protocol::response_code;

constexpr int k_serve_attempts = 4;

}  // namespace

lane::lane(context &c, stn_exec *home)
    : context_(c),
      home_(home),
      filters_(c.filters, c.max_expressions),
      check_(c, filters_),
      answers_(c) {}

status lane::start() {
  last_tick_ = tick_of(context_.services.mono_ns());
  const stn_task task = {[](void *user) { static_cast<lane *>(user)->expire(); }, this};
  const stn_status st = context_.exec->timer(home_, k_tick_ns, k_tick_ns, task, &timer_);
  return st == STN_OK ? status() : status(st, "cannot start the timer of held pulls");
}

void lane::stop() {
  if (timer_ != nullptr) context_.exec->timer_cancel(timer_);
  timer_ = nullptr;
}

void lane::handle(const stn_req_batch *b) {
  now_ns_ = context_.services.mono_ns();
  check_.begin_batch();
  for (uint32_t i = 0; i < b->n; i++) {
    pull_read r;
    r.req = b->req[i];
    r.ops = b->ops;
    r.conn_id = b->view[i]->conn_id;
    if (refusal why = check_.check(*b->view[i], now_ns_, &r); why.refused()) {
      answers_.refuse(b->ops, r.req, why);
    } else {
      serve(std::move(r));
    }
  }
  answers_.send();
}

void lane::resume(pull_read r) {
  now_ns_ = context_.services.mono_ns();
  serve(std::move(r));
  answers_.send();
}

// The fetch that must not wait; its slices lie in answers_.
stn_status lane::fetch(const pull_read &r, stn_fetched *out) {
  make_room();
  *out = answers_.fetch_target();
  const stn_fetch q = r.fetch(STN_FETCH_NO_WAIT);
  return context_.store->fetch(context_.store.self, &q, out, nullptr);
}

// Answers the pull, holds it, or hands it to `blocking`.
void lane::serve(pull_read r) {
  for (int attempt = 1;; attempt++) {
    stn_fetched f;
    const stn_status st = fetch(r, &f);
    if (st == STN_E_AGAIN) return send_cold(std::move(r));
    if (st != STN_OK) return fail(r, st);
    const meaning m = meaning_of(r, f);
    if (m.code != rc::pull_not_found || !may_hold(r)) return answers_.add(r, f, m);
    held_pull *h = hold(&r);
    if (h == nullptr) return answers_.add(r, f, m);
    // A queue that says it has more but gives nothing is left to the next arrival.
    if (!arrived_meanwhile(*h) || attempt == k_serve_attempts) return;
    r = unhold(h);
  }
}

// Answers a pull whose time is over with what there is.
void lane::finish(pull_read r) {
  r.hold_until_ns = 0;
  serve(std::move(r));
}

void lane::fail(const pull_read &r, stn_status why) {
  answers_.refuse(r.ops, r.req, cannot_read(why));
}

void lane::send_cold(pull_read r) {
  const stn_req_ops *ops = r.ops;
  stn_req *req = r.req;
  context_.counts.cold();
  if (cold_read::post(context_, *this, std::move(r))) return;
  answers_.refuse(ops, req,
                  {rc::system_busy, "[OVERLOAD]system busy, start flow control for a while"});
}

}  // namespace stn::broker_pull
