// State of one generator thread: connections, request slots, queues and counters.
#pragma once

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bytes.h"
#include "histogram.h"
#include "options.h"
#include "rpc.h"

namespace rmqload {

struct Stats {
  Hist lat, e2e;
  u64 sent = 0, acked = 0, late = 0, recv = 0, recv_bytes = 0, pulls = 0, empty = 0, bad = 0,
      dup = 0, gap = 0, reorder = 0, resp_bytes = 0, unmatched = 0, held_back = 0;
  std::map<int, u64> codes;
  std::map<int, string> remarks;
  void clear_counts() {
    lat.reset();
    e2e.reset();
    acked = recv = recv_bytes = pulls = empty = resp_bytes = 0;
    codes.clear();
  }
  void merge(const Stats &o) {
    lat.merge(o.lat);
    e2e.merge(o.e2e);
    sent += o.sent;
    acked += o.acked;
    late += o.late;
    recv += o.recv;
    recv_bytes += o.recv_bytes;
    pulls += o.pulls;
    empty += o.empty;
    bad += o.bad;
    dup += o.dup;
    gap += o.gap;
    reorder += o.reorder;
    resp_bytes += o.resp_bytes;
    unmatched += o.unmatched;
    held_back += o.held_back;
    for (auto &[k, v] : o.codes) codes[k] += v;
    for (auto &[k, v] : o.remarks) remarks.emplace(k, v);
  }
};

inline constexpr u32 OP_BASE = 1000000000u;
struct Conn {
  int fd = -1, id = 0;
  bool consumer = false, want_out = false;
  string pend;
  size_t pend_off = 0;  // unsent bytes
  string in;            // tail of an incomplete frame
  // request slots
  std::vector<u64> slot_t;
  std::vector<u32> slot_gen;
  std::vector<u32> free_;
  u32 gens = 1, shift = 0;
  u64 seq = 0, tix = 0, next_i = 0;  // body sequence, template index, open-loop index
  u32 lidx = 0;                      // position among the worker's producing connections
  // header hints
  int code_off = -1, op_back = -1;
  u32 hint_hlen = 0;
  // consumer: slot -> queue index
  std::vector<int> slot_q;
};
struct Queue {
  string topic;
  int t, q;
  i64 off = 0, end = 0;
  int inflight = 0;
  i64 expect = -1;
  bool done = false;
  Conn *c = nullptr;
  std::unordered_map<u64, u64>
      last;  // (run, sending connection) -> last sequence seen in this queue
};

struct BitSeen {
  std::vector<u64> w;
  u64 maxp1 = 0;
};

struct Worker {
  int id = 0, ep = -1;
  std::vector<std::unique_ptr<Conn>> conns;
  std::vector<Queue> queues;  // consumed by this worker
  Stats st;
  std::vector<char> rbuf = std::vector<char>(1 << 20), wbuf;
  u64 quota = 0, sent = 0;  // closed loop, count mode
  u64 now = 0, now_ms = 0;
  u64 t0 = 0;
  double gap_ns = 0;  // open loop: message j of connection i of n is due at t0 + (j*n + i)*gap
  u32 nprod = 0;
  u64 due(const Conn &c) const { return t0 + (u64)((double)(c.next_i * nprod + c.lidx) * gap_ns); }
  bool sending = true;
  std::unordered_map<u64, BitSeen> seen;
  u64 last_key = ~0ull;
  BitSeen *last_seen = nullptr;
  u64 remaining_queues = 0;
  string echo_head;
  int echo_op = 0;
};

inline std::atomic<bool> g_stop_send{false}, g_measure{false};
inline std::atomic<u64> g_recv_total{0}, g_acked_total{0};
inline std::atomic<int> g_done{0};

inline void ep_mod(Worker &w, Conn &c, bool out) {
  if (c.want_out == out) return;
  c.want_out = out;
  epoll_event e{};
  e.events = EPOLLIN | (out ? (u32)EPOLLOUT : 0u);
  e.data.ptr = &c;
  epoll_ctl(w.ep, EPOLL_CTL_MOD, c.fd, &e);
}
inline void add_conn(Worker &w, const Addr &a, int id, int window, bool consumer) {
  auto c = std::make_unique<Conn>();
  c->fd = dial(a);
  c->id = id;
  c->consumer = consumer;
  int sz = 4 << 20;
  setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &sz, sizeof sz);
  fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
  while ((1 << c->shift) < window) c->shift++;
  c->slot_t.assign(window, 0);
  c->slot_gen.assign(window, 0);
  c->slot_q.assign(window, -1);
  for (int i = window - 1; i >= 0; i--) c->free_.push_back(i);
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.ptr = c.get();
  epoll_ctl(w.ep, EPOLL_CTL_ADD, c->fd, &e);
  c->tix = (u64)id * 7;
  if (!consumer) c->lidx = w.nprod++;
  w.conns.push_back(std::move(c));
}
inline u32 take_slot(Conn &c, u32 &slot) {
  slot = c.free_.back();
  c.free_.pop_back();
  u32 g = c.slot_gen[slot];
  return OP_BASE + ((g << c.shift) | slot);
}
// false when the opaque is not one that is in flight
inline bool match_slot(Conn &c, u32 op, u32 &slot) {
  u32 v = op - OP_BASE;
  slot = v & ((1u << c.shift) - 1);
  if (slot >= c.slot_gen.size()) return false;
  if ((v >> c.shift) != c.slot_gen[slot]) return false;
  c.slot_gen[slot] = (c.slot_gen[slot] + 1) & ((1u << (29 - c.shift)) - 1);
  return true;
}
inline void flush_bytes(Worker &w, Conn &c, const char *p, size_t n) {
  size_t off = 0;
  if (c.pend.empty()) {
    while (off < n) {
      ssize_t r = send(c.fd, p + off, n - off, MSG_NOSIGNAL);
      if (r < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN) break;
        die(string("send: ") + strerror(errno));
      }
      off += r;
    }
  }
  if (off < n) {
    c.pend.append(p + off, n - off);
    ep_mod(w, c, true);
  }
}
inline void flush_pend(Worker &w, Conn &c) {
  while (c.pend_off < c.pend.size()) {
    ssize_t r = send(c.fd, c.pend.data() + c.pend_off, c.pend.size() - c.pend_off, MSG_NOSIGNAL);
    if (r < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return;
      die(string("send: ") + strerror(errno));
    }
    c.pend_off += r;
  }
  c.pend.clear();
  c.pend_off = 0;
  ep_mod(w, c, false);
}

enum Mode { PRODUCE, CONSUME, E2E, ECHO };
inline Mode g_mode;

}  // namespace rmqload
