// mirror: copies a store into a second one through "stn.log/1" alone. With role "lead" it sends the log's bytes to whoever
// connects to a Unix socket; with role "follow" it connects and appends them to its own store. A follower that starts
// anew tells where its log ends, so that the copy goes on from there. Frames: position and length, 8 bytes each, then the
// bytes; what a follower says is one position.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "mark.h"
#include "stanchion/ext/log.h"
#include "stanchion/sdk/plugin.h"

namespace {

constexpr uint64_t k_chunk = 256 << 10;
constexpr int k_look_again_ms = 10;

bool send_all(int fd, const void *from, size_t n) {
  const char *at = static_cast<const char *>(from);
  while (n != 0) {
    ssize_t sent = ::send(fd, at, n, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    at += sent;
    n -= static_cast<size_t>(sent);
  }
  return true;
}

bool receive_all(int fd, void *to, size_t n) {
  char *at = static_cast<char *>(to);
  while (n != 0) {
    ssize_t got = ::recv(fd, at, n, 0);
    if (got <= 0) return false;
    at += got;
    n -= static_cast<size_t>(got);
  }
  return true;
}

class mirror final : public stn::plugin {
 public:
  stn::status init() override {
    auto log = host_.get<stn_log_api>(STN_LOG_ID);
    if (!log.ok()) return log.error();
    log_ = log.value();
    leads_ = host_.cfg_str("role") == "lead";
    path_ = std::string(host_.cfg_str("socket"));
    return {};
  }

  stn::status start() override {
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const auto *raw = reinterpret_cast<const sockaddr *>(&address);
    if (leads_) {
      ::unlink(path_.c_str());
      if (::bind(fd_, raw, sizeof(address)) != 0 || ::listen(fd_, 1) != 0) {
        return {STN_E_IO, "cannot listen on " + path_};
      }
      thread_ = std::thread([this] { lead(); });
      return {};
    }
    if (::connect(fd_, raw, sizeof(address)) != 0) return {STN_E_IO, "nobody leads at " + path_};
    thread_ = std::thread([this] { follow(); });
    return {};
  }

  stn::status stop() override {
    stopping_ = true;
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    if (fd_ >= 0) ::close(fd_);
    return {};
  }

 private:
  void lead() {
    while (!stopping_) {
      pollfd waiting{fd_, POLLIN, 0};
      if (::poll(&waiting, 1, k_look_again_ms) <= 0) continue;
      const int peer = ::accept(fd_, nullptr, nullptr);
      if (peer < 0) continue;
      int64_t at = 0;
      if (receive_all(peer, &at, sizeof(at))) feed(peer, at);
      ::close(peer);
    }
  }

  void feed(int peer, int64_t at) {
    while (!stopping_) {
      stn_bslice part{};
      stn_error err{};
      if (log_->read(log_.self, at, k_chunk, &part, &err) != STN_OK) {
        host_.error("the log cannot be read", {{"why", err.msg}});
        return;
      }
      if (part.len == 0) {
        pollfd gone{peer, POLLIN, 0};
        if (::poll(&gone, 1, k_look_again_ms) > 0) return;
        continue;
      }
      const int64_t head[2] = {at, static_cast<int64_t>(part.len)};
      const bool sent = send_all(peer, head, sizeof(head)) && send_all(peer, part.data, part.len);
      at += static_cast<int64_t>(part.len);
      part.owner->ops->release(part.owner, 1);
      if (!sent) return;
    }
  }

  void follow() {
    stn_log_info info{};
    info.size = sizeof(info);
    log_->info(log_.self, &info);
    if (!send_all(fd_, &info.end, sizeof(info.end))) return;
    std::vector<char> bytes;
    int64_t head[2];
    while (!stopping_ && receive_all(fd_, head, sizeof(head))) {
      bytes.resize(static_cast<size_t>(head[1]));
      if (!receive_all(fd_, bytes.data(), bytes.size())) return;
      stn_error err{};
      const stn_slice slice{bytes.data(), bytes.size()};
      if (log_->append(log_.self, head[0], slice, &err) == STN_OK) continue;
      host_.error("the log takes no bytes", {{"why", err.msg}});
      return;
    }
  }

  stn::iface<stn_log_api> log_;
  bool leads_ = false;
  std::string path_;
  int fd_ = -1;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace

STN_PLUGIN(mirror);
