// Blocking calls for preparation: connect, one request at a time, route and topic set-up.
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <string>
#include <string_view>

#include "bytes.h"
#include "frames.h"
#include "options.h"

namespace rmqload {

struct Addr {
  sockaddr_in sa{};
  string text;
};
inline Addr parse_addr(const string &s) {
  Addr a;
  a.text = s;
  size_t c = s.rfind(':');
  if (c == string::npos) die("address without port: " + s);
  string host = s.substr(0, c);
  a.sa.sin_family = AF_INET;
  a.sa.sin_port = htons((u16)atoi(s.c_str() + c + 1));
  if (inet_pton(AF_INET, host.c_str(), &a.sa.sin_addr) != 1) {
    addrinfo hints{}, *res = nullptr;
    hints.ai_family = AF_INET;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &res) || !res) die("cannot resolve " + host);
    a.sa.sin_addr = ((sockaddr_in *)res->ai_addr)->sin_addr;
    freeaddrinfo(res);
  }
  return a;
}
inline int dial(const Addr &a, bool quiet = false) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket: " + string(strerror(errno)));
  if (connect(fd, (sockaddr *)&a.sa, sizeof a.sa) < 0) {
    if (quiet) {
      close(fd);
      return -1;
    }
    die("connect " + a.text + ": " + strerror(errno));
  }
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}
inline bool read_full(int fd, char *p, size_t n, int timeout_ms) {
  u64 end = mono_ns() + (u64)timeout_ms * 1000000;
  while (n) {
    u64 now = mono_ns();
    if (now >= end) return false;
    pollfd pf{fd, POLLIN, 0};
    if (poll(&pf, 1, (int)((end - now) / 1000000 + 1)) <= 0) return false;
    ssize_t r = recv(fd, p, n, 0);
    if (r <= 0) {
      if (r < 0 && errno == EINTR) continue;
      return false;
    }
    p += r;
    n -= r;
  }
  return true;
}
struct Rpc {
  int fd = -1;
  u32 op = 1;
  string buf;
  explicit Rpc(const Addr &a, bool quiet = false) { fd = dial(a, quiet); }
  ~Rpc() {
    if (fd >= 0) close(fd);
  }
  // returns the response code, -1 on transport failure
  int call(int code, const Ext &ext, string_view body, string *out, string *remark = nullptr,
           Resp *full = nullptr, int timeout_ms = 15000) {
    if (fd < 0) return -1;
    string f = frame_head(code, ext, op++, body.size(), false);
    f.append(body);
    for (size_t off = 0; off < f.size();) {
      ssize_t w = send(fd, f.data() + off, f.size() - off, MSG_NOSIGNAL);
      if (w <= 0) return -1;
      off += w;
    }
    for (;;) {
      char h[8];
      if (!read_full(fd, h, 8, timeout_ms)) return -1;
      u32 len = get32(h), w = get32(h + 4), hlen = w & 0xffffff;
      if (len < 4 + hlen || len > (64u << 20)) return -1;
      buf.resize(len - 4);
      if (!read_full(fd, buf.data(), buf.size(), timeout_ms)) return -1;
      Resp r;
      if (!parse_header(buf.data(), hlen, (w >> 24) == 1, r)) return -1;
      if (r.opaque != op - 1) continue;
      if (out) *out = buf.substr(hlen);
      if (remark) *remark = string(r.remark);
      if (full) *full = r;
      return r.code;
    }
  }
};

// The first "ip:port" that follows `key` (masters come first in the maps we look at).
inline string find_addr(string_view s, string_view key) {
  size_t p = s.find(key);
  if (p == string::npos) return "";
  p = s.find('{', p);
  while (p != string::npos && p < s.size()) {
    size_t a = s.find('"', p + 1);
    if (a == string::npos) return "";
    size_t b = s.find('"', a + 1);
    if (b == string::npos) return "";
    string_view v = s.substr(a + 1, b - a - 1);
    if (v.find(':') != string::npos) return string(v);
    p = b;
  }
  return "";
}
inline string topic_name(int t) {
  return O.topics == 1 ? O.topic : O.topic + "_" + std::to_string(t);
}

inline void resolve_broker() {
  if (!O.broker.empty() || O.namesrv.empty()) {
    if (O.broker.empty()) die("need --namesrv or --broker");
    return;
  }
  Rpc ns(parse_addr(O.namesrv));
  string body;
  for (int i = 0; i < 100; i++) {
    if (ns.call(106, {}, {}, &body) == 0) {
      O.broker = find_addr(body, "\"brokerAddrs\"");
      if (!O.broker.empty()) return;
    }
    usleep(100000);
  }
  die("namesrv knows no broker");
}
inline void create_topics() {
  resolve_broker();
  Rpc b(parse_addr(O.broker));
  for (int t = 0; t < O.topics; t++) {
    string q = std::to_string(O.queues), rem;
    int rc = b.call(17,
                    {{"defaultTopic", "TBW102"},
                     {"order", "false"},
                     {"perm", std::to_string(O.perm)},
                     {"readQueueNums", q},
                     {"topic", topic_name(t)},
                     {"topicFilterType", "SINGLE_TAG"},
                     {"topicSysFlag", "0"},
                     {"writeQueueNums", q}},
                    {}, nullptr, &rem, nullptr, 60000);
    if (rc != 0)
      die("create topic " + topic_name(t) + " failed: code " + std::to_string(rc) + " " + rem);
  }
}
// Route from the namesrv: sets broker address and queue count. Retries while the topic is not there yet.
inline void lookup_route() {
  if (O.namesrv.empty()) return;
  Rpc ns(parse_addr(O.namesrv));
  for (int t : {0, O.topics - 1}) {
    string body, rem;
    int rc = -1;
    u64 end = mono_ns() + (u64)O.timeout_s * 1000000000ull;
    for (;;) {
      rc = ns.call(105, {{"acceptStandardJsonOnly", "true"}, {"topic", topic_name(t)}}, {}, &body,
                   &rem);
      if (rc == 0 || mono_ns() > end) break;
      usleep(50000);
    }
    if (rc != 0) die("no route for " + topic_name(t) + ": code " + std::to_string(rc) + " " + rem);
    string a = find_addr(body, "\"brokerAddrs\"");
    if (a.empty()) die("route without broker address: " + body);
    O.broker = a;
    size_t p = body.find("\"writeQueueNums\":");
    if (p != string::npos) {
      int q = atoi(body.c_str() + p + 17);
      if (q > 0) O.queues = q;
    }
  }
}

}  // namespace rmqload
