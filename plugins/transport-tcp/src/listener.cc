#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <future>

namespace stn::transport_tcp {

namespace {

constexpr int k_accepts_per_turn = 64;

struct adopt_mail final : mail {
  int fd;
  uint32_t scope;
  adopt_mail(int f, uint32_t s) : fd(f), scope(s) {}
  void deliver(io_shard &to) override { to.adopt(fd, scope); }
};

}  // namespace

bool parse_address(std::string_view text, sockaddr_storage *out, socklen_t *len) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string ip(text.substr(0, colon));
  const std::string_view port_text = text.substr(colon + 1);
  uint16_t port = 0;
  const auto [end, bad] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (bad != std::errc() || end != port_text.data() + port_text.size()) return false;
  *out = {};
  if (ip.size() > 2 && ip.front() == '[' && ip.back() == ']') {
    auto *v6 = reinterpret_cast<sockaddr_in6 *>(out);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    *len = sizeof(*v6);
    return ::inet_pton(AF_INET6, ip.substr(1, ip.size() - 2).c_str(), &v6->sin6_addr) == 1;
  }
  auto *v4 = reinterpret_cast<sockaddr_in *>(out);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(port);
  *len = sizeof(*v4);
  if (ip.empty()) ip = "0.0.0.0";
  return ::inet_pton(AF_INET, ip.c_str(), &v4->sin_addr) == 1;
}

void run_on(const iface<stn_exec_api> &exec, stn_exec *x, const std::function<void()> &f) {
  struct context {
    const std::function<void()> *f;
    std::promise<void> done;
  } c{&f, {}};
  auto finished = c.done.get_future();
  const stn_task t{[](void *user) {
                     auto *ctx = static_cast<context *>(user);
                     (*ctx->f)();
                     ctx->done.set_value();
                   },
                   &c};
  exec->post(x, &t, 1);
  finished.wait();
}

listener::~listener() {
  if (fd_ >= 0) ::close(fd_);
}

status listener::bind() {
  sockaddr_storage a{};
  socklen_t len = 0;
  const std::string what = "listener " + settings_.name + " on " + settings_.address;
  if (!parse_address(settings_.address, &a, &len)) {
    return {STN_E_INVALID, what + ": not an ip:port"};
  }
  shared_->router->scope(shared_->router.self, str(settings_.scope), &scope_number_);
  fd_ = ::socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return {STN_E_IO, what + ": " + std::strerror(errno)};
  const int one = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (::bind(fd_, reinterpret_cast<sockaddr *>(&a), len) != 0 ||
      ::listen(fd_, shared_->config.backlog) != 0) {
    const bool taken = errno == EADDRINUSE;
    return {taken ? STN_E_EXISTS : STN_E_IO,
            what + ": " + std::strerror(errno) +
                (taken ? "; stop what uses the port, or give the listener another one" : "")};
  }
  len = sizeof(a);
  ::getsockname(fd_, reinterpret_cast<sockaddr *>(&a), &len);
  bound_ = address_text(a);
  return {};
}

status listener::open() {
  status failure;
  run_on(shared_->exec, (*shards_)[0]->home(), [&] {
    stn_error err{};
    const stn_status st = shared_->exec->watch_fd((*shards_)[0]->home(), fd_, STN_FD_READ, on_ready,
                                                  this, &watch_, &err);
    failure = status::from_abi(st, err);
  });
  return failure;
}

void listener::shut() {
  if (watch_ == nullptr) return;
  run_on(shared_->exec, (*shards_)[0]->home(), [&] { shared_->exec->unwatch(watch_); });
  watch_ = nullptr;
  ::close(fd_);
  fd_ = -1;
}

void listener::on_ready(void *user, uint32_t) { static_cast<listener *>(user)->accept_some(); }

void listener::accept_some() {
  for (int i = 0; i < k_accepts_per_turn; i++) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      const bool none =
          errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED;
      if (!none && accept_failures_++ % 1000 == 0) {
        shared_->kernel.error("cannot accept a connection",
                              {{"listener", settings_.name}, {"error", std::strerror(errno)}});
      }
      return;
    }
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    place(fd);
  }
}

void listener::place(int fd) {
  auto least = std::min_element(shards_->begin(), shards_->end(),
                                [](const auto &a, const auto &b) { return a->load() < b->load(); });
  (*least)->expect_one();
  if ((*least)->is_current()) {
    (*least)->adopt(fd, scope_number_);
  } else {
    (*least)->post(std::make_unique<adopt_mail>(fd, scope_number_));
  }
}

}  // namespace stn::transport_tcp
