#include "io_shard.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "stanchion/protocol/codes.h"

namespace stn::transport_tcp {

namespace {
constexpr uint64_t k_tick_ns = 250'000'000;
constexpr uint64_t k_idle_scan_ns = 1'000'000'000;
constexpr int k_iov = 256;

bool is_error(int32_t code) {
  namespace codes = protocol::response_code;
  return code != codes::success && code != codes::pull_not_found &&
         code != codes::pull_retry_immediately;
}

// Bytes that arrived and were not read yet.
bool has_unread(int fd) {
  int n = 0;
  return ::ioctl(fd, FIONREAD, &n) == 0 && n > 0;
}
}  // namespace

io_shard::io_shard(shared_state *shared, stn_exec *home)
    : shared_(shared),
      home_(home),
      buffer_(new char[k_partial + k_read]),
      text_buffer_(new char[k_text]),
      text_{text_buffer_.get(), k_text, 0},
      fields_(new protocol::field[k_fields]),
      views_(STN_BATCH_MAX),
      view_ptrs_(STN_BATCH_MAX),
      req_ptrs_(STN_BATCH_MAX) {
  for (uint32_t i = 0; i < STN_BATCH_MAX; i++) view_ptrs_[i] = &views_[i];
}

io_shard::~io_shard() = default;

// ---------------------------------------------------------------- mail

void io_shard::post(std::unique_ptr<mail> m) {
  bool first;
  {
    std::lock_guard lock(mail_mutex_);
    first = inbox_.empty();
    inbox_.push_back(std::move(m));
  }
  if (!first) return;
  const stn_task t{on_mail, this};
  shared_->exec->post(home_, &t, 1);
}

void io_shard::on_mail(void *user) {
  auto *self = static_cast<io_shard *>(user);
  {
    std::lock_guard lock(self->mail_mutex_);
    self->opened_.swap(self->inbox_);
  }
  for (auto &m : self->opened_) m->deliver(*self);
  self->opened_.clear();
  self->end_of_call();
}

// ---------------------------------------------------------------- life

void io_shard::begin() {
  shared_->exec->timer(home_, k_tick_ns, k_tick_ns, {on_tick, this}, &tick_);
}

void io_shard::end() {
  if (tick_ != nullptr) shared_->exec->timer_cancel(tick_);
  tick_ = nullptr;
  while (!connections_.empty()) close(connections_.back(), "the server stops");
}

bool io_shard::settle(bool patient) {
  bool all = true;
  for (connection *c : connections_) {
    const bool answered = c->outstanding == 0 && c->out.empty();
    const bool quiet = answered && c->in.size == 0 && !has_unread(c->fd);
    if (!c->ended && (quiet || !patient)) {
      c->ended = true;
      update_interest(c);
    }
    all = all && answered && c->ended;
  }
  return all;
}

connection *io_shard::adopt(int fd, uint32_t scope) {
  auto *c = new connection(this, fd, shared_->next_conn_id.fetch_add(1), scope);
  stn_error err{};
  if (shared_->exec->watch_fd(home_, fd, STN_FD_READ, on_ready, c, &c->watch, &err) != STN_OK) {
    shared_->kernel.warn("connection dropped: cannot watch its socket",
                         {{"peer", c->peer}, {"error", err.msg}});
    load_.fetch_sub(1, std::memory_order_relaxed);
    c->release();
    return nullptr;
  }
  c->want = STN_FD_READ;
  c->last_ns = shared_->kernel.mono_ns();
  c->slot = connections_.size();
  connections_.push_back(c);
  shared_->count.add(shared_->count.connections, 1);
  shared_->router->conn_event(shared_->router.self, c->handle(), c->id, scope, STN_CONN_OPENED);
  return c;
}

void io_shard::close(connection *c, const char *why) {
  if (!c->open) return;
  c->open = false;
  shared_->kernel.debug("connection closed", {{"peer", c->peer}, {"why", why}});
  shared_->exec->unwatch(c->watch);
  c->watch = nullptr;
  ::shutdown(c->fd, SHUT_RDWR);
  ::close(c->fd);
  c->fd = -1;
  connections_[c->slot] = connections_.back();
  connections_[c->slot]->slot = c->slot;
  connections_.pop_back();
  load_.fetch_sub(1, std::memory_order_relaxed);
  shared_->count.add(shared_->count.connections, -1);
  if (c->dirty) std::erase(dirty_, c);
  c->dirty = false;
  c->out.clear();
  c->in.clear();
  c->outstanding++;  // keeps the object while others are told
  shared_->router->conn_event(shared_->router.self, c->handle(), c->id, c->scope, STN_CONN_CLOSED);
  fail_calls(c, STN_E_CLOSED);
  if (--c->outstanding == 0) c->release();
}

// ---------------------------------------------------------------- interest and output

void io_shard::want(connection *c, uint32_t mask) {
  if (c->want == mask) return;
  c->want = mask;
  shared_->exec->fd_want(c->watch, mask);
}

// Reads while the peer keeps up; waits for the socket only when it did not take everything.
void io_shard::update_interest(connection *c) {
  if (!c->open) return;
  const bool over = c->outstanding >= shared_->config.in_flight_max ||
                    c->out.pending() > shared_->config.write_high_mark;
  const bool under = c->outstanding < shared_->config.in_flight_max &&
                     c->out.pending() <= shared_->config.write_high_mark / 2;
  if (!c->paused && over) {
    c->paused = true;
    shared_->count.add(shared_->count.paused, 1);
  } else if (c->paused && under) {
    c->paused = false;
  }
  const bool read = !c->paused && !c->closing && !c->ended;
  want(c, (read ? STN_FD_READ : 0u) | (c->out.empty() ? 0u : STN_FD_WRITE));
}

void io_shard::mark_dirty(connection *c) {
  if (c->dirty) return;
  c->dirty = true;
  dirty_.push_back(c);
}

void io_shard::end_of_call() {
  if (in_turn_) return;
  while (!dirty_.empty()) {
    connection *c = dirty_.back();
    dirty_.pop_back();
    c->dirty = false;
    flush(c);
  }
}

void io_shard::flush(connection *c) {
  size_t sent = 0;
  while (c->open && !c->out.empty()) {
    iovec v[k_iov];
    msghdr m{};
    m.msg_iov = v;
    m.msg_iovlen = static_cast<size_t>(c->out.gather(v, k_iov));
    const ssize_t r = ::sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (r < 0 && errno == EINTR) continue;
    if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (r < 0) {
      close(c, std::strerror(errno));
      return;
    }
    c->out.consume(static_cast<size_t>(r));
    sent += static_cast<size_t>(r);
  }
  if (sent > 0) {
    c->last_ns = now_ns_;
    shared_->count.add(shared_->count.sent_bytes, static_cast<int64_t>(sent));
  }
  if (c->closing && c->out.empty()) {
    close(c, "closed by us");
  } else {
    update_interest(c);
  }
}

// ---------------------------------------------------------------- answers

void io_shard::answer(request *r, const stn_resp &v) {
  connection *c = r->conn;
  if (is_error(v.code)) [[unlikely]]
    shared_->count.add(shared_->count.error_answers, 1);
  if (c->open && !r->oneway) {
    size_t body = 0;
    for (uint32_t i = 0; i < v.n_body; i++) body += v.body[i].len;
    protocol::outgoing o;
    o.type = static_cast<protocol::serialize_type>(r->header_type);
    o.code = v.code;
    o.opaque = r->opaque;
    o.remark = {v.remark.data, v.remark.len};
    o.fields = protocol::fields_from(v.fields, v.n_fields).data();
    o.n_fields = v.n_fields;
    o.body_len = body;
    const size_t room = protocol::encoded_size_max(o);
    c->out.commit(protocol::encode_command(o, c->out.reserve(room), room));
    for (uint32_t i = 0; i < v.n_body; i++) {
      const stn_bslice &b = v.body[i];
      if (b.owner != nullptr) {
        c->out.push(b);
      } else if (b.len > 0) {  // borrowed for the call only
        std::memcpy(c->out.reserve(b.len), b.data, b.len);
        c->out.commit(b.len);
      }
    }
    mark_dirty(c);
  } else {
    for (uint32_t i = 0; i < v.n_body; i++) {
      if (v.body[i].owner != nullptr) v.body[i].owner->ops->release(v.body[i].owner, 1);
    }
  }
  answered(r);
}

void io_shard::answered(request *r) {
  connection *c = r->conn;
  requests_.give(r);
  c->outstanding--;
  if (!c->open) {
    if (c->outstanding == 0) c->release();
  } else if (c->paused && !c->dirty) {
    mark_dirty(c);  // may be read again
  }
}

// ---------------------------------------------------------------- time

void io_shard::on_tick(void *user) {
  auto *self = static_cast<io_shard *>(user);
  const uint64_t now = self->now_ns_ = self->shared_->kernel.mono_ns();
  self->expire_calls(now);
  if (now - self->last_idle_scan_ns_ >= k_idle_scan_ns) {
    self->last_idle_scan_ns_ = now;
    self->close_idle(now);
  }
  self->end_of_call();
}

void io_shard::close_idle(uint64_t now) {
  for (size_t i = connections_.size(); i-- > 0;) {
    connection *c = connections_[i];
    if (c->last_ns + shared_->config.idle_ns >= now) continue;
    shared_->count.add(shared_->count.idle_closed, 1);
    close(c, "idle");
  }
}

}  // namespace stn::transport_tcp
