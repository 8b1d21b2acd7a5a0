#include "registrar.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "stanchion/protocol/bodies/register_broker.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/headers/namesrv.h"

namespace stn::broker_topics {

namespace {

constexpr uint64_t k_tick_min_ns = 10'000'000;
constexpr uint64_t k_tick_max_ns = 1'000'000'000;

// Header fields of a call, with the memory for their numbers.
class call_fields {
 public:
  template <class Header>
  explicit call_fields(const Header &h) {
    protocol::scratch text{text_.data(), text_.size(), 0};
    protocol::field_writer out(fields_.data(), fields_.size(), &text);
    append_to(h, &out);
    STN_CHECK(out.ok());
    n_ = static_cast<uint32_t>(out.size());
  }
  const stn_kv *data() const { return protocol::pairs_from<stn_kv>(fields_.data()); }
  uint32_t size() const { return n_; }

 private:
  std::array<char, 256> text_;
  std::array<protocol::field, 12> fields_;
  uint32_t n_ = 0;
};

}  // namespace

// What is queued on `blocking`; it may run when the registrar is gone and does nothing then.
struct registrar::pump_task {
  std::mutex mutex;
  registrar *owner;
};

registrar::registrar(const host &h, iface<stn_exec_api> exec, iface<stn_transport_api> transport,
                     options o)
    : log_(h),
      exec_(exec),
      transport_(transport),
      options_(std::move(o)),
      sink_{{sizeof(stn_sink), STN_VER(1, 0)},
            this,
            [](const stn_sink *s, const stn_cqe *v, uint32_t n) {
              auto *self = static_cast<registrar *>(s->ctx);
              for (uint32_t i = 0; i < n; i++) {
                self->completed(*reinterpret_cast<peer *>(v[i].user), v[i]);
              }
            }},
      pump_task_(std::make_shared<pump_task>()) {
  pump_task_->owner = this;
  for (const std::string &address : options_.namesrv) {
    peers_.push_back(std::make_unique<peer>());
    peers_.back()->address = address;
  }
}

registrar::~registrar() { stop(); }

result<size_t> registrar::start(uint64_t wait_ns) {
  const uint64_t period = std::clamp(std::min(options_.retry_ns, options_.interval_ns) / 2,
                                     k_tick_min_ns, k_tick_max_ns);
  const stn_task task = {[](void *self) { static_cast<registrar *>(self)->tick(); }, this};
  if (exec_->timer(exec_->io(exec_.self, 0), period, period, task, &timer_) != STN_OK) {
    return status(STN_E_INTERNAL, "no timer");
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::nanoseconds(wait_ns);
  const auto all_tried = [this] {
    return std::all_of(peers_.begin(), peers_.end(), [](const auto &p) { return p->tried; });
  };
  // This thread does the pumping as long as it waits anyhow.
  for (bool in_time = true; in_time;) {
    pump();
    std::unique_lock lock(mutex_);
    in_time = settled_.wait_until(lock, deadline, [&] { return all_tried() || pump_queued_; });
    if (all_tried()) break;
    pump_queued_ = false;
  }
  std::lock_guard lock(mutex_);
  if (!all_tried()) {
    log_.warn("ready before every name server has answered", {{"namesrv", peers_.size()}});
  }
  return static_cast<size_t>(
      std::count_if(peers_.begin(), peers_.end(), [](const auto &p) { return p->up; }));
}

void registrar::change() { request_pump(); }

void registrar::connection_closed(const stn_conn *c) {
  bool ours = false;
  {
    std::lock_guard lock(mutex_);
    for (auto &p : peers_) {
      if (c != nullptr && p->conn == c) ours = p->broken = true;
    }
  }
  if (ours) request_pump();
}

// The caller holds the mutex. A call under way on a broken connection fails by itself.
void registrar::drop_broken() {
  for (auto &p : peers_) {
    if (!p->broken || p->now != doing::nothing) continue;
    close(*p);
    p->retry_due_ns = 0;
    p->up = false;
    if (stopping_ || std::exchange(p->complained, true)) continue;
    log_.warn("connection to name server lost", {{"namesrv", p->address}});
  }
}

void registrar::when_registered(uint64_t generation, std::function<void()> then) {
  {
    std::lock_guard lock(mutex_);
    waiters_.push_back({generation, log_.mono_ns() + options_.timeout_ns, std::move(then)});
  }
  request_pump();
  settle();
}

void registrar::tick() {
  request_pump();
  settle();
}

void registrar::request_pump() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || pump_queued_) return;
    pump_queued_ = true;
    settled_.notify_all();
  }
  auto share = std::make_unique<std::shared_ptr<pump_task>>(pump_task_);
  const stn_task task = {[](void *user) {
                           std::unique_ptr<std::shared_ptr<pump_task>> mine(
                               static_cast<std::shared_ptr<pump_task> *>(user));
                           std::lock_guard lock((*mine)->mutex);
                           if (auto *owner = (*mine)->owner) owner->pump();
                         },
                         share.get()};
  if (exec_->post(exec_->blocking(exec_.self), &task, 1) == STN_OK) {
    (void)share.release();
    return;
  }
  std::lock_guard lock(mutex_);  // `blocking` is full: the next tick tries again
  pump_queued_ = false;
}

bool registrar::is_due(const peer &p, uint64_t now_ns) const {
  if (stopping_ || p.now != doing::nothing || now_ns < p.retry_due_ns) return false;
  return p.conn == nullptr || p.acked < options_.generation() || now_ns >= p.full_due_ns;
}

void registrar::pump() {
  std::vector<peer *> to_connect;
  std::vector<peer *> to_register;
  std::string order_body;
  bool have_order_body = false;
  {
    std::lock_guard lock(mutex_);
    pump_queued_ = false;
    have_order_body = std::exchange(have_order_body_, false);
    order_body.swap(order_body_);
    drop_broken();
    const uint64_t now_ns = log_.mono_ns();
    for (auto &p : peers_) {
      if (!is_due(*p, now_ns)) continue;
      p->now = p->conn == nullptr ? doing::connecting : doing::registering;
      (p->conn == nullptr ? to_connect : to_register).push_back(p.get());
      p->full = p->acked == 0 || now_ns >= p->full_due_ns;
    }
  }
  if (have_order_body) options_.order_conf(order_body);
  for (peer *p : to_connect) connect(*p);
  for (peer *p : to_register) send_registration(*p);
}

void registrar::connect(peer &p) {
  stn_error err{};
  const stn_status st =
      transport_->connect(transport_.self, str(p.address), options_.timeout_ns,
                          exec_->io(exec_.self, 0), reinterpret_cast<uint64_t>(&p), &sink_, &err);
  if (st != STN_OK) not_accepted(p, st);
}

void registrar::send_registration(peer &p) {
  topic_changes changes = options_.topics(p.full ? 0 : p.acked);
  p.sent = changes.generation;
  const std::string body = encode(protocol::register_broker_body{std::move(changes.table), {}});
  protocol::register_broker_header h;
  h.broker_name = options_.broker;
  h.broker_addr = options_.address;
  h.cluster_name = options_.cluster;
  h.ha_server_addr = options_.ha_address;
  h.broker_id = options_.broker_id;
  h.body_crc32 = protocol::body_crc32(body);
  const call_fields fields(h);
  const stn_slice piece = slice(body);
  const stn_call q = {sizeof(stn_call),
                      protocol::request_code::register_broker,
                      fields.data(),
                      fields.size(),
                      1,
                      &piece,
                      options_.timeout_ns};
  const stn_status st =
      transport_->call(p.conn, &q, reinterpret_cast<uint64_t>(&p), &sink_, nullptr);
  if (st != STN_OK) not_accepted(p, st);
}

void registrar::send_good_bye(peer &p) {
  protocol::broker_identity_header h;
  h.broker_name = options_.broker;
  h.broker_addr = options_.address;
  h.cluster_name = options_.cluster;
  h.broker_id = options_.broker_id;
  const call_fields fields(h);
  const stn_call q = {sizeof(stn_call),
                      protocol::request_code::unregister_broker,
                      fields.data(),
                      fields.size(),
                      0,
                      nullptr,
                      options_.timeout_ns};
  const stn_status st =
      transport_->call(p.conn, &q, reinterpret_cast<uint64_t>(&p), &sink_, nullptr);
  if (st != STN_OK) not_accepted(p, st);
}

// The transport took nothing: the same as a failure later.
void registrar::not_accepted(peer &p, stn_status why) {
  stn_cqe e{};
  e.status = why;
  completed(p, e);
}

void registrar::completed(peer &p, const stn_cqe &e) {
  {
    std::lock_guard lock(mutex_);
    switch (std::exchange(p.now, doing::nothing)) {
      case doing::connecting:
        connected(p, e);
        break;
      case doing::registering:
        registered(p, e);
        break;
      case doing::leaving:
      case doing::nothing:
        break;
    }
    settled_.notify_all();
  }
  settle();
  request_pump();
}

void registrar::connected(peer &p, const stn_cqe &e) {
  if (e.status != STN_OK) {
    failed(p, e.status, "cannot connect");
    return;
  }
  p.conn = static_cast<stn_conn *>(e.obj);
  p.acked = 0;
}

void registrar::registered(peer &p, const stn_cqe &e) {
  const auto *a = static_cast<const stn_answer *>(e.obj);
  if (e.status != STN_OK || a == nullptr) {
    // A connection that broke although all was well may come back at once, as after a restart over there.
    const bool again_now = p.up && e.status == STN_E_CLOSED;
    close(p);
    failed(p, e.status, "no answer");
    if (again_now) p.retry_due_ns = log_.mono_ns();
    return;
  }
  if (a->code != protocol::response_code::success) {
    failed(p, STN_E_DENIED, view(a->remark));
    return;
  }
  if (!p.up) {
    log_.info("registered with name server",
              {{"namesrv", p.address}, {"address", options_.address}});
  }
  p.up = p.tried = true;
  p.complained = false;
  p.acked = p.sent;
  p.retry_due_ns = 0;
  if (p.full) p.full_due_ns = log_.mono_ns() + options_.interval_ns;
  if (a->body.len > 0 && is_first_up(p)) {
    order_body_ = view(a->body);
    have_order_body_ = true;
  }
}

void registrar::failed(peer &p, stn_status why, std::string_view remark) {
  p.up = false;
  p.tried = true;
  p.retry_due_ns = log_.mono_ns() + options_.retry_ns;
  if (std::exchange(p.complained, true) || stopping_) return;
  log_.warn("name server does not register us, will be tried again",
            {{"namesrv", p.address}, {"status", why}, {"why", remark}});
}

void registrar::close(peer &p) {
  if (p.conn == nullptr) return;
  // Nothing is under way on it: closing completes nothing and may be done under the lock.
  transport_->conn_close(p.conn);
  transport_->conn_release(p.conn);
  p.conn = nullptr;
  p.acked = 0;
  p.broken = false;
}

bool registrar::is_first_up(const peer &p) const {
  for (const auto &other : peers_) {
    if (other->up) return other.get() == &p;
  }
  return false;
}

bool registrar::all_have(uint64_t generation) const {
  return std::all_of(peers_.begin(), peers_.end(),
                     [&](const auto &p) { return p->acked >= generation || (p->tried && !p->up); });
}

void registrar::settle() {
  std::vector<waiter> done;
  {
    std::lock_guard lock(mutex_);
    const uint64_t now_ns = log_.mono_ns();
    std::erase_if(waiters_, [&](waiter &w) {
      const bool ready = stopping_ || w.deadline_ns <= now_ns || all_have(w.generation);
      if (ready) done.push_back(std::move(w));
      return ready;
    });
  }
  for (const waiter &w : done) w.then();
}

void registrar::leave(uint64_t deadline_ns) {
  const uint64_t now_ns = log_.mono_ns();
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::nanoseconds(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
  const auto idle = [this] {
    return std::all_of(peers_.begin(), peers_.end(),
                       [](const auto &p) { return p->now == doing::nothing; });
  };
  std::vector<peer *> known;
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    settled_.wait_until(lock, deadline, idle);
    for (auto &p : peers_) {
      if (p->now != doing::nothing || p->conn == nullptr || p->acked == 0) continue;
      p->now = doing::leaving;
      known.push_back(p.get());
    }
  }
  settle();
  for (peer *p : known) send_good_bye(*p);
  std::unique_lock lock(mutex_);
  settled_.wait_until(lock, deadline, idle);
}

void registrar::stop() {
  if (timer_ != nullptr) exec_->timer_cancel(timer_);
  timer_ = nullptr;
  {
    std::lock_guard lock(pump_task_->mutex);
    pump_task_->owner = nullptr;
  }
  std::vector<stn_conn *> open;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto &p : peers_) {
      if (p->conn == nullptr) continue;
      transport_->conn_retain(p->conn);
      open.push_back(p->conn);
    }
  }
  settle();
  for (stn_conn *c : open) {
    transport_->conn_close(c);  // completes what is under way on it
    transport_->conn_release(c);
  }
  std::unique_lock lock(mutex_);
  settled_.wait(lock, [this] {
    return std::all_of(peers_.begin(), peers_.end(),
                       [](const auto &p) { return p->now == doing::nothing; });
  });
  for (auto &p : peers_) close(*p);
}

}  // namespace stn::broker_topics
