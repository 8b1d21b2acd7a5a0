// nullserver - answers every RocketMQ remoting frame with a canned success response of the right opaque.
// It stores nothing: it shows how fast any server could be against the same load generator on the same machine.
// Build: g++ -std=c++20 -O2 -pthread -o nullserver nullserver.cpp
// Usage: nullserver PORT [--queues Q] [--pull-size BODY_BYTES] [--pull-batch N] [--threads T] [--advertise HOST:PORT]
// It plays broker and namesrv on one port. Pulls get N well-formed messages (same content each time, so run the
// generator with --verify 0); GET_MAX_OFFSET answers 2^40.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using std::string;
using std::string_view;
typedef uint32_t u32;
typedef uint64_t u64;
static u32 get32(const char *p) {
  u32 v;
  memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}
static void put32(char *p, u32 v) {
  v = __builtin_bswap32(v);
  memcpy(p, &v, 4);
}
static void be(string &o, u64 v, int n) {
  for (int i = n - 1; i >= 0; i--) o += (char)(v >> (8 * i));
}

struct Canned {  // JSON: pre + opaque digits + post; binary: whole frame, opaque at 13
  string pre, post, body, bin;
};
static Canned make(int code, const std::vector<std::pair<string, string>> &ext, string body) {
  Canned c;
  c.body = body;
  c.pre = "{\"code\":" + std::to_string(code);
  string m;
  if (!ext.empty()) {
    c.pre += ",\"extFields\":{";
    for (size_t i = 0; i < ext.size(); i++) {
      c.pre += string(i ? "," : "") + "\"" + ext[i].first + "\":\"" + ext[i].second + "\"";
      be(m, ext[i].first.size(), 2);
      m += ext[i].first;
      be(m, ext[i].second.size(), 4);
      m += ext[i].second;
    }
    c.pre += "}";
  }
  c.pre += ",\"flag\":1,\"language\":\"JAVA\",\"opaque\":";
  c.post = ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":407}";
  string h;
  be(h, code, 2);
  be(h, 0, 1);
  be(h, 407, 2);
  be(h, 0, 4);
  be(h, 1, 4);
  be(h, 0, 4);
  be(h, m.size(), 4);
  h += m;
  be(c.bin, 4 + h.size() + body.size(), 4);
  be(c.bin, (u64)1 << 24 | h.size(), 4);
  c.bin += h;
  c.bin += body;
  return c;
}
static Canned c_send, c_ok, c_route, c_cluster, c_max, c_min, c_unsup;
static string pull_body;
static int pull_n = 32;

static void emit(string &out, const Canned &c, bool bin, string_view op) {
  if (bin) {
    size_t at = out.size();
    out += c.bin;
    memcpy(out.data() + at + 13, op.data(), 4);
    return;
  }
  char h[8];
  u32 hl = (u32)(c.pre.size() + op.size() + c.post.size());
  put32(h, 4 + hl + (u32)c.body.size());
  put32(h + 4, hl);
  out.append(h, 8);
  out += c.pre;
  out += op;
  out += c.post;
  out += c.body;
}
static void emit_pull(string &out, bool bin, string_view op, string_view hdr) {
  u64 off = 0;
  size_t p = hdr.find("queueOffset");
  if (p != string_view::npos) {
    p += 11 + (bin ? 4 : 3);
    while (p < hdr.size() && hdr[p] >= '0' && hdr[p] <= '9') off = off * 10 + (hdr[p++] - '0');
  }
  Canned c = make(0,
                  {{"nextBeginOffset", std::to_string(off + pull_n)},
                   {"suggestWhichBrokerId", "0"},
                   {"minOffset", "0"},
                   {"maxOffset", "1099511627776"}},
                  "");
  size_t at = out.size();
  emit(out, c, bin, op);
  put32(out.data() + at, get32(out.data() + at) + (u32)pull_body.size());
  out += pull_body;
}
struct Conn {
  int fd;
  string in, out;
  size_t off = 0;
  bool want = false;
};

static void handle(Conn &c, const char *f, u32 len) {
  u32 w = get32(f), hl = w & 0xffffff;
  bool bin = (w >> 24) == 1;
  if (hl + 4 > len) return;
  string_view h(f + 4, hl);
  int code;
  string_view op;
  if (bin) {
    if (hl < 21) return;
    code = (unsigned char)h[0] << 8 | (unsigned char)h[1];
    op = h.substr(5, 4);
    if (h[12] & 2) return;
  } else {
    size_t p = hl > 16 && memcmp(h.data(), "{\"code\":", 8) == 0 ? 8 : h.find("\"code\":") + 7;
    code = atoi(h.data() + p);
    // the opaque stands near the end in Java's key order: look there first
    size_t from = hl > 90 ? hl - 90 : 0;
    const void *m = memmem(h.data() + from, hl - from, "\"opaque\":", 9);
    if (!m) m = memmem(h.data(), hl, "\"opaque\":", 9);
    if (!m) return;
    size_t a = (const char *)m - h.data() + 9, b = a;
    while (b < hl && ((h[b] >= '0' && h[b] <= '9') || h[b] == '-')) b++;
    op = h.substr(a, b - a);
  }
  switch (code) {
    case 10:
    case 310:
    case 320:
      emit(c.out, c_send, bin, op);
      break;
    case 11:
      emit_pull(c.out, bin, op, h);
      break;
    case 17:
    case 34:
    case 35:
      emit(c.out, c_ok, bin, op);
      break;
    case 30:
      emit(c.out, c_max, bin, op);
      break;
    case 31:
      emit(c.out, c_min, bin, op);
      break;
    case 105:
      emit(c.out, c_route, bin, op);
      break;
    case 106:
      emit(c.out, c_cluster, bin, op);
      break;
    default:
      emit(c.out, c_unsup, bin, op);
  }
}
static bool flush(int ep, Conn &c) {
  while (c.off < c.out.size()) {
    ssize_t r = send(c.fd, c.out.data() + c.off, c.out.size() - c.off, MSG_NOSIGNAL);
    if (r < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      return false;
    }
    c.off += r;
  }
  bool left = c.off < c.out.size();
  if (!left) {
    c.out.clear();
    c.off = 0;
  }
  if (left != c.want) {
    c.want = left;
    epoll_event e{};
    e.events = EPOLLIN | (left ? (u32)EPOLLOUT : 0u);
    e.data.ptr = &c;
    epoll_ctl(ep, EPOLL_CTL_MOD, c.fd, &e);
  }
  return true;
}
static int listen_on(int port) {
  int ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(ls, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons((uint16_t)port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(ls, (sockaddr *)&a, sizeof a) || listen(ls, 1024)) {
    perror("nullserver: bind");
    exit(1);
  }
  return ls;
}
static void accept_all(int ep, int ls) {
  for (;;) {
    int fd = accept4(ls, nullptr, nullptr, SOCK_NONBLOCK), one = 1;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Conn *n = new Conn{fd, {}, {}, 0, false};
    epoll_event x{};
    x.events = EPOLLIN;
    x.data.ptr = n;
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &x);
  }
}
// Answers every whole frame that has arrived; false when the connection has ended.
static bool read_frames(Conn &c, std::vector<char> &buf) {
  size_t have = c.in.size();
  if (buf.size() < have + (512 << 10)) buf.resize(have * 2 + (1 << 20));
  memcpy(buf.data(), c.in.data(), have);
  ssize_t r = recv(c.fd, buf.data() + have, buf.size() - have, 0);
  if (r < 0) return errno == EAGAIN || errno == EINTR;
  if (r == 0) return false;
  size_t n = have + r, off = 0;
  while (n - off >= 8) {
    u32 len = get32(buf.data() + off);
    if (len < 4 || len > (64u << 20)) return false;
    if (n - off < 4 + (size_t)len) break;
    handle(c, buf.data() + off + 4, len);
    off += 4 + len;
  }
  c.in.assign(buf.data() + off, n - off);
  return true;
}
static void loop(int port) {
  int ls = listen_on(port), ep = epoll_create1(0);
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.ptr = nullptr;
  epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e);
  std::vector<char> buf(1 << 20);
  epoll_event ev[256];
  for (;;) {
    int k = epoll_wait(ep, ev, 256, -1);
    for (int i = 0; i < k; i++) {
      Conn *c = (Conn *)ev[i].data.ptr;
      if (!c) {
        accept_all(ep, ls);
        continue;
      }
      bool readable = ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR);
      if ((!readable || read_frames(*c, buf)) && flush(ep, *c)) continue;
      close(c->fd);
      delete c;
    }
  }
}
struct Settings {
  int port = 0, queues = 4, threads = 1, pull_size = 128;
  string advertise;
};
static Settings parse(int argc, char **argv) {
  Settings s;
  s.port = atoi(argv[1]);
  s.advertise = "127.0.0.1:" + std::to_string(s.port);
  for (int i = 2; i + 1 < argc; i += 2) {
    string k = argv[i];
    const char *v = argv[i + 1];
    if (k == "--queues")
      s.queues = atoi(v);
    else if (k == "--pull-size")
      s.pull_size = atoi(v);
    else if (k == "--pull-batch")
      pull_n = atoi(v);
    else if (k == "--threads")
      s.threads = atoi(v);
    else if (k == "--advertise")
      s.advertise = v;
    else {
      fprintf(stderr, "nullserver: unknown option %s\n", k.c_str());
      exit(2);
    }
  }
  return s;
}
static void make_answers(const Settings &s) {
  string q = std::to_string(s.queues), addrs = "{\"0\":\"" + s.advertise + "\"}";
  c_send = make(0,
                {{"queueId", "0"},
                 {"TRACE_ON", "true"},
                 {"MSG_REGION", "DefaultRegion"},
                 {"msgId", "7F00000100002A9F0000000000000000"},
                 {"queueOffset", "1"}},
                "");
  c_ok = make(0, {}, "");
  c_unsup = make(3, {}, "");
  c_max = make(0, {{"offset", "1099511627776"}}, "");
  c_min = make(0, {{"offset", "0"}}, "");
  c_route = make(0, {},
                 "{\"brokerDatas\":[{\"brokerAddrs\":" + addrs +
                     ",\"brokerName\":\"null\",\"cluster\":\"c\"}],\"filterServerTable\":{},"
                     "\"queueDatas\":[{\"brokerName\":\"null\",\"perm\":6,\"readQueueNums\":" +
                     q + ",\"topicSysFlag\":0,\"writeQueueNums\":" + q + "}]}");
  c_cluster = make(0, {},
                   "{\"brokerAddrTable\":{\"null\":{\"brokerAddrs\":" + addrs +
                       ",\"brokerName\":\"null\",\"cluster\":\"c\"}},"
                       "\"clusterAddrTable\":{\"c\":[\"null\"]}}");
}
// A stored message: sizes, magic and the fixed fields of the record, then body, topic, properties.
static void make_pull_body(int size) {
  string props = "UNIQ_KEY\x01" + string(32, 'K') + "\x02WAIT\x01true", topic = "LoadTopic";
  for (int i = 0; i < pull_n; i++) {
    string m;
    be(m, 91 + size + topic.size() + props.size(), 4);
    be(m, 0xDAA320A7u, 4);
    for (int field = 0; field < 3; field++) be(m, 0, 4);
    be(m, i, 8);
    be(m, 0, 8);
    be(m, 0, 4);
    be(m, 0, 8);
    be(m, 0x7F000001, 4);
    be(m, 1, 4);
    be(m, 0, 8);
    be(m, 0x7F000001, 4);
    be(m, 1, 4);
    be(m, 0, 4);
    be(m, 0, 8);
    be(m, size, 4);
    m += string(size, 'b');
    be(m, topic.size(), 1);
    m += topic;
    be(m, props.size(), 2);
    m += props;
    pull_body += m;
  }
}
int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr,
            "usage: nullserver PORT [--queues Q] [--pull-size B] [--pull-batch N] [--threads T] "
            "[--advertise H:P]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  Settings s = parse(argc, argv);
  make_answers(s);
  make_pull_body(s.pull_size);
  std::vector<std::thread> th;
  for (int i = 1; i < s.threads; i++) th.emplace_back(loop, s.port);
  loop(s.port);
}
