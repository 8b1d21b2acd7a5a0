// The event loop of one generator thread.
#pragma once

#include <sys/epoll.h>
#include <algorithm>
#include <string>

#include "consume.h"
#include "produce.h"
#include "worker.h"

namespace rmqload {

// ---- response dispatch. Returns through counters only.
inline bool quick_header(Conn &c, const char *h, u32 hlen, Resp &r) {
  // hints: "code": at a fixed front offset, ten-digit opaque at a fixed distance from the end
  if (c.code_off >= 0 && hlen > (u32)c.op_back && hlen > (u32)c.code_off + 10) {
    const char *pc = h + c.code_off;
    const char *po = h + hlen - c.op_back;
    if (memcmp(pc, "\"code\":", 7) == 0 && memcmp(po, "\"opaque\":", 9) == 0) {
      int code = 0;
      const char *x = pc + 7;
      const char *e = h + hlen;
      if (*x < '0' || *x > '9') return false;  // negative codes take the slow path
      while (x < e && *x >= '0' && *x <= '9') code = code * 10 + (*x++ - '0');
      u32 op = 0;
      x = po + 9;
      int d = 0;
      while (x < e && *x >= '0' && *x <= '9') {
        op = op * 10 + (*x++ - '0');
        d++;
      }
      if (d == 10) {
        r.code = code;
        r.opaque = op;
        return true;
      }
    }
  }
  return false;
}
inline void learn(Conn &c, const char *h, u32 hlen, const Resp &r) {
  string_view s(h, hlen);
  size_t a = s.find("\"code\":");
  string o = "\"opaque\":" + std::to_string(r.opaque);
  size_t b = s.rfind(o);
  if (a == 1 && b != string_view::npos) {
    c.code_off = 1;
    c.op_back = (int)(hlen - b);
  }
}

// The header of a response: by the hints of the connection, otherwise by a full scan.
inline void read_header(Conn &c, const char *h, u32 hlen, bool bin, Resp &r) {
  bool got = false;
  if (bin && hlen >= 21) {
    r.code = get16(h);
    r.opaque = get32(h + 5);
    got = true;
  } else if (!bin) {
    got = quick_header(c, h, hlen, r);
  }
  if (got && !c.consumer) return;
  if (!parse_header(h, hlen, bin, r))
    die("cannot parse a response header: " + string(h, std::min<u32>(hlen, 300)));
  if (!bin) learn(c, h, hlen, r);
}

inline void remember_remark(Worker &w, const Resp &r) {
  if (w.st.remarks.size() < 8) w.st.remarks.emplace(r.code, string(r.remark.substr(0, 200)));
}

inline bool queue_finished(Queue &q) {
  if (q.end > 0 && q.off >= q.end) return true;
  return O.count && g_recv_total.load(std::memory_order_relaxed) >= O.count;
}

inline void on_pulled(Worker &w, Conn &c, int qi, const Resp &r, string_view body, u64 asked) {
  Queue &q = w.queues[qi];
  bool longpoll = g_mode == E2E;
  q.inflight = 0;
  w.st.pulls++;
  w.st.codes[r.code]++;
  if (r.code == 0) {
    u64 before = w.st.recv;
    eat_messages(w, q, body.data(), body.size(), longpoll);
    u64 k = w.st.recv - before;
    g_recv_total.fetch_add(k, std::memory_order_relaxed);
    if (!k) w.st.empty++;
    if (!longpoll && g_measure.load(std::memory_order_relaxed)) w.st.lat.add(w.now - asked);
    q.off = ext_num(r, "nextBeginOffset", q.off + (i64)k);
  } else {
    w.st.empty++;
    if (r.code == 21 || r.code == 20) {
      q.off = ext_num(r, "nextBeginOffset", q.off);
      q.expect = -1;
    } else if (r.code != 19) {
      remember_remark(w, r);
    }
  }
  if (!longpoll && queue_finished(q)) {
    if (!q.done) w.remaining_queues--;
    q.done = true;
    return;
  }
  if (longpoll || !g_stop_send.load(std::memory_order_relaxed)) send_pull(w, c, qi, longpoll);
}

inline void on_answered(Worker &w, const Resp &r, const char *h, u32 hlen, bool bin, u64 asked) {
  if (r.code == 0 || g_mode == ECHO) {
    w.st.acked++;
    if (g_measure.load(std::memory_order_relaxed)) w.st.lat.add(w.now - asked);
  } else {
    w.st.late++;
  }
  if (r.code == 0 && g_mode != ECHO) return;
  w.st.codes[r.code]++;
  Resp full;
  if (!w.st.remarks.count(r.code) && parse_header(h, hlen, bin, full)) remember_remark(w, full);
}

// `f` points behind the length word.
inline void on_frame(Worker &w, Conn &c, const char *f, u32 len) {
  u32 word = get32(f), hlen = word & 0xffffff, slot = 0;
  bool bin = (word >> 24) == 1;
  if (hlen + 4 > len) die("bad header length in response");
  const char *h = f + 4;
  Resp r;
  read_header(c, h, hlen, bin, r);
  if (!match_slot(c, r.opaque, slot)) {  // a request from the server, or a stale answer
    w.st.unmatched++;
    return;
  }
  u64 asked = c.slot_t[slot];
  c.free_.push_back(slot);
  w.st.resp_bytes += len + 4;
  if (c.consumer)
    on_pulled(w, c, c.slot_q[slot], r, {h + hlen, len - 4 - hlen}, asked);
  else
    on_answered(w, r, h, hlen, bin, asked);
}

inline void on_readable(Worker &w, Conn &c) {
  size_t have = c.in.size();
  if (have > w.rbuf.size() / 2) w.rbuf.resize(have * 2 + (1 << 20));
  memcpy(w.rbuf.data(), c.in.data(), have);
  ssize_t r = recv(c.fd, w.rbuf.data() + have, w.rbuf.size() - have, 0);
  if (r <= 0) {
    if (r < 0 && (errno == EAGAIN || errno == EINTR)) return;
    die("connection closed by the server (connection " + std::to_string(c.id) + ")");
  }
  w.now = mono_ns();
  size_t n = have + r, off = 0;
  const char *p = w.rbuf.data();
  while (n - off >= 8) {
    u32 len = get32(p + off);
    if (len < 4 || len > (64u << 20)) die("bad frame length");
    if (n - off < 4 + (size_t)len) break;
    on_frame(w, c, p + off + 4, len);
    off += 4 + len;
  }
  c.in.assign(p + off, n - off);
}

inline void warm_reset(Worker &w, bool &done) {
  if (!done && g_measure.load(std::memory_order_relaxed)) {
    done = true;
    w.st.clear_counts();
  }
}

inline void pump(Worker &w, Conn &c) {
  if (c.consumer) return;
  if (g_mode == ECHO)
    pump_echo(w, c);
  else
    pump_produce(w, c);
}

inline void start_worker(Worker &w) {
  w.wbuf.resize(1 << 20);
  w.now = mono_ns();
  w.now_ms = wall_ns() / 1000000;
  w.remaining_queues = w.queues.size();
  for (size_t i = 0; i < w.queues.size(); i++) {
    Queue &q = w.queues[i];
    bool nothing = q.end > 0 ? q.off >= q.end : q.end == 0 && !O.count;
    if (g_mode == CONSUME && nothing) {
      q.done = true;
      w.remaining_queues--;
      continue;
    }
    send_pull(w, *q.c, (int)i, g_mode == E2E);
  }
  for (auto &c : w.conns) pump(w, *c);
}

// Open loop needs sub-millisecond steps: the wait ends when the next message is due.
inline long wait_ns(Worker &w) {
  const u64 longest = 20000000;
  if (w.gap_ns <= 0 || !w.sending) return (long)longest;
  u64 next = ~0ull;
  for (auto &c : w.conns)
    if (!c->consumer && !c->free_.empty() && c->pend.empty()) next = std::min(next, w.due(*c));
  u64 now = mono_ns();
  return next <= now ? 0 : (long)std::min<u64>(next - now, longest);
}

inline bool producers_idle(const Worker &w) {
  for (auto &c : w.conns)
    if (!c->consumer && (c->free_.size() != c->slot_t.size() || !c->pend.empty())) return false;
  return true;
}

// `stop_at` is the time at which the worker first saw that sending has ended.
inline bool finished(Worker &w, u64 &stop_at) {
  if (g_mode == CONSUME) return w.remaining_queues == 0 || g_stop_send.load();
  bool idle = producers_idle(w);
  if (g_mode != E2E && w.quota && w.sent >= w.quota && idle) return true;
  if (w.sending) return false;
  if (!stop_at) stop_at = w.now;
  u64 since = w.now - stop_at;
  if (g_mode != E2E) return idle || since > 8000000000ull;
  bool all_received = g_recv_total.load() >= g_acked_total.load();
  return (all_received && idle && since > 300000000ull) || since > 5000000000ull;
}

inline void run_worker(Worker &w, u64 deadline_hard) {
  epoll_event ev[256];
  bool reset_done = O.warmup <= 0;
  u64 stop_at = 0;
  start_worker(w);
  for (;;) {
    timespec ts{0, wait_ns(w)};
    int k = epoll_pwait2(w.ep, ev, 256, &ts, nullptr);
    if (k < 0 && errno != EINTR) die(string("epoll: ") + strerror(errno));
    w.now = mono_ns();
    w.now_ms = wall_ns() / 1000000;
    warm_reset(w, reset_done);
    if (w.sending && g_stop_send.load(std::memory_order_relaxed)) w.sending = false;
    for (int i = 0; i < k; i++) {
      Conn &c = *(Conn *)ev[i].data.ptr;
      if (ev[i].events & EPOLLOUT) flush_pend(w, c);
      if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(w, c);
      if (w.gap_ns == 0) pump(w, c);
    }
    if (w.gap_ns > 0)
      for (auto &c : w.conns) pump(w, *c);
    if (finished(w, stop_at) || w.now > deadline_hard) break;
  }
}

}  // namespace rmqload
