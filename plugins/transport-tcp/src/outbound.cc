#include "outbound.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "listener.h"

namespace stn::transport_tcp {

namespace {

// A connect under way: resolved on `blocking` if it is a name, then watched on the shard's thread until the socket is
// writable or the time is up. Owns itself.
class connecting final {
 public:
  connecting(io_shard *shard, std::string_view address, uint64_t timeout_ns, uint64_t user,
             const stn_sink *k)
      : shard_(shard), address_(address), timeout_ns_(timeout_ns), user_(user), sink_(k) {}

  void resolve() {
    const size_t colon = address_.rfind(':');
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (colon != std::string::npos &&
        ::getaddrinfo(address_.substr(0, colon).c_str(), address_.substr(colon + 1).c_str(), &hints,
                      &found) == 0) {
      std::memcpy(&to_, found->ai_addr, found->ai_addrlen);
      to_len_ = found->ai_addrlen;
      ::freeaddrinfo(found);
    }
  }

  bool parse() { return parse_address(address_, &to_, &to_len_); }

  void begin() {
    if (to_len_ == 0) return finish(STN_E_NOT_FOUND);
    fd_ = ::socket(to_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return finish(STN_E_IO);
    if (::connect(fd_, reinterpret_cast<sockaddr *>(&to_), to_len_) != 0 && errno != EINPROGRESS) {
      return finish(STN_E_IO);
    }
    const auto &exec = shard_->shared()->exec;
    if (exec->watch_fd(shard_->home(), fd_, STN_FD_WRITE, on_ready, this, &watch_, nullptr) !=
            STN_OK ||
        exec->timer(shard_->home(), timeout_ns_, 0, {on_timeout, this}, &timer_) != STN_OK) {
      finish(STN_E_IO);
    }
  }

 private:
  static void on_ready(void *user, uint32_t) {
    auto *self = static_cast<connecting *>(user);
    int error = 0;
    socklen_t len = sizeof(error);
    ::getsockopt(self->fd_, SOL_SOCKET, SO_ERROR, &error, &len);
    self->finish(error == 0 ? STN_OK : STN_E_IO);
  }
  static void on_timeout(void *user) { static_cast<connecting *>(user)->finish(STN_E_TIMEOUT); }

  void finish(stn_status st) {
    const auto &exec = shard_->shared()->exec;
    if (watch_ != nullptr) exec->unwatch(watch_);
    if (timer_ != nullptr) exec->timer_cancel(timer_);
    connection *c = nullptr;
    if (st == STN_OK) {
      const int one = 1;
      ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
      shard_->expect_one();
      c = shard_->adopt(fd_, shard_->shared()->outbound_scope);
      if (c == nullptr) st = STN_E_IO;
    } else if (fd_ >= 0) {
      ::close(fd_);
    }
    stn_cqe e{};
    e.user = user_;
    e.status = st;
    if (c != nullptr) {
      c->retain();
      e.obj = c->handle();
    }
    sink_->complete(sink_, &e, 1);
    shard_->end_of_call();
    delete this;
  }

  io_shard *shard_;
  std::string address_;
  uint64_t timeout_ns_;
  uint64_t user_;
  const stn_sink *sink_;
  sockaddr_storage to_{};
  socklen_t to_len_ = 0;
  int fd_ = -1;
  stn_watch *watch_ = nullptr;
  stn_timer *timer_ = nullptr;
};

struct connect_mail final : mail {
  connecting *job;
  explicit connect_mail(connecting *j) : job(j) {}
  void deliver(io_shard &) override { job->begin(); }
};

// A request that crosses threads: everything borrowed is copied.
struct call_mail final : mail {
  connection *conn;
  stn_call call;
  uint64_t user = 0;
  const stn_sink *sink = nullptr;  // NULL: one-way
  std::vector<stn_kv> fields;
  std::vector<std::string> texts;
  std::string body;
  stn_slice body_slice{};

  call_mail(connection *c, const stn_call &q) : conn(c), call(q) {
    c->retain();
    texts.reserve(q.n_fields * 2);
    for (uint32_t i = 0; i < q.n_fields; i++) {
      texts.emplace_back(view(q.fields[i].key));
      texts.emplace_back(view(q.fields[i].value));
      fields.push_back({str(texts[texts.size() - 2]), str(texts.back())});
    }
    for (uint32_t i = 0; i < q.n_body; i++) body.append(view(q.body[i]));
    call.fields = fields.data();
    body_slice = slice(body);
    call.body = &body_slice;
    call.n_body = 1;
  }
  ~call_mail() override { conn->release(); }

  void deliver(io_shard &to) override {
    if (sink == nullptr) {
      to.send_push(conn, call);
    } else {
      to.start_call(conn, call, user, sink);
    }
  }
};

struct close_mail final : mail {
  connection *conn;
  explicit close_mail(connection *c) : conn(c) { c->retain(); }
  ~close_mail() override { conn->release(); }
  void deliver(io_shard &to) override {
    conn->closing = true;
    if (conn->open) to.mark_dirty(conn);
  }
};

}  // namespace

stn_status open_connection(io_shard *shard, stn_str address, uint64_t timeout_ns, uint64_t user,
                           const stn_sink *k, stn_error *err) {
  auto job = std::make_unique<connecting>(shard, view(address), timeout_ns, user, k);
  if (job->parse()) {
    shard->post(std::make_unique<connect_mail>(job.release()));
    return STN_OK;
  }
  const auto &exec = shard->shared()->exec;
  struct lookup {
    io_shard *shard;
    connecting *job;
  };
  auto *l = new lookup{shard, job.get()};
  const stn_task t{[](void *user_data) {
                     std::unique_ptr<lookup> look(static_cast<lookup *>(user_data));
                     look->job->resolve();
                     look->shard->post(std::make_unique<connect_mail>(look->job));
                   },
                   l};
  if (exec->post(exec->blocking(exec.self), &t, 1) != STN_OK) {
    delete l;
    return stn_error_set(err, STN_E_BUSY, "no thread to look up the host name");
  }
  (void)job.release();
  return STN_OK;
}

stn_status call(stn_conn *c, const stn_call *q, uint64_t user, const stn_sink *k, stn_error *) {
  connection *conn = connection::of(c);
  if (conn->shard->is_current()) {
    conn->shard->start_call(conn, *q, user, k);
    conn->shard->end_of_call();
    return STN_OK;
  }
  auto m = std::make_unique<call_mail>(conn, *q);
  m->user = user;
  m->sink = k;
  conn->shard->post(std::move(m));
  return STN_OK;
}

void push(stn_conn *const *c, uint32_t n, const stn_call *q) {
  for (uint32_t i = 0; i < n; i++) {
    connection *conn = connection::of(c[i]);
    conn->shard->post(std::make_unique<call_mail>(conn, *q));
  }
}

void close_connection(stn_conn *c) {
  connection *conn = connection::of(c);
  conn->shard->post(std::make_unique<close_mail>(conn));
}

}  // namespace stn::transport_tcp
