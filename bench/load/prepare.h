// From options to workers that are ready to run: connections, queues, quotas.
#pragma once

#include <memory>
#include <vector>

#include "engine.h"

namespace rmqload {

using Workers = std::vector<std::unique_ptr<Worker>>;

inline Workers make_workers() {
  int threads = std::min(O.threads, O.conns);
  Workers ws;
  for (int i = 0; i < threads; i++) {
    ws.push_back(std::make_unique<Worker>());
    ws[i]->id = i;
    ws[i]->ep = epoll_create1(EPOLL_CLOEXEC);
  }
  return ws;
}

inline void set_echo_frame(Worker &w, bool on_namesrv) {
  const u32 opaque = 1999999999u;
  w.echo_head = on_namesrv
                    ? frame_head(105, {{"acceptStandardJsonOnly", "true"}, {"topic", O.topic}},
                                 opaque, 0, g_bin)
                    : frame_head(O.code, {}, opaque, 0, g_bin);
  w.echo_op = g_bin ? 13 : (int)w.echo_head.find("\"opaque\":") + 9;
}

inline void add_producers(Workers &ws, const Addr &addr, bool echo_on_namesrv) {
  size_t threads = ws.size();
  for (int i = 0; i < O.conns; i++) add_conn(*ws[i % threads], addr, i, O.window, false);
  for (auto &w : ws) {
    if (!g_tmpl.empty())
      for (auto &c : w->conns) c->tix %= g_tmpl.size();
    if (g_mode == ECHO) set_echo_frame(*w, echo_on_namesrv);
  }
  u64 left = O.count;
  for (size_t i = 0; i < threads && O.count; i++) {
    ws[i]->quota = left / (threads - i);
    left -= ws[i]->quota;
  }
}

// Sum of the maximum offsets of all queues.
inline u64 visible_messages(Rpc &b, int nq) {
  u64 sum = 0;
  for (int j = 0; j < nq; j++) {
    Resp r;
    Ext ext = {{"queueId", std::to_string(j % O.queues)}, {"topic", topic_name(j / O.queues)}};
    if (b.call(30, ext, {}, nullptr, nullptr, &r) == 0) sum += (u64)ext_num(r, "offset", 0);
  }
  return sum;
}

// Waits until --expect messages are visible to consumers; returns the seconds that took.
inline double wait_visible(Rpc &b, int nq) {
  u64 begin = mono_ns(), end = begin + (u64)O.timeout_s * 1000000000ull;
  while (visible_messages(b, nq) < O.expect && mono_ns() <= end) usleep(20000);
  return (double)(mono_ns() - begin) / 1e9;
}

inline i64 queue_end(Rpc &b, int code, const Queue &q, bool must) {
  Resp r;
  string remark;
  Ext ext = {{"queueId", std::to_string(q.q)}, {"topic", q.topic}};
  int rc = b.call(code, ext, {}, nullptr, &remark, &r);
  if (rc != 0 && must) die("GET_MAX_OFFSET failed: code " + std::to_string(rc) + " " + remark);
  return rc == 0 ? ext_num(r, "offset", 0) : 0;
}

struct Backlog {
  u64 messages = 0;
  double visible_after_s = 0;
};

inline Backlog add_consumers(Workers &ws, const Addr &addr) {
  int threads = (int)ws.size(), nc = g_mode == CONSUME ? O.conns : O.cconns;
  int nq = O.queues * O.topics, per = (nq + nc - 1) / nc;
  std::vector<std::vector<Conn *>> cc(threads);
  for (int i = 0; i < nc; i++) {
    Worker &w = *ws[i % threads];
    add_conn(w, addr, 100000 + i, std::max(per, 1) + 1, true);
    cc[i % threads].push_back(w.conns.back().get());
  }
  Rpc b(addr);
  Backlog result;
  if (g_mode == CONSUME && O.expect) result.visible_after_s = wait_visible(b, nq);
  for (int j = 0; j < nq; j++) {
    int i = j % nc;
    Queue q;
    q.t = j / O.queues;
    q.q = j % O.queues;
    q.topic = topic_name(q.t);
    q.c = cc[i % threads][i / threads];
    i64 max = queue_end(b, 30, q, true);
    if (g_mode == CONSUME) {
      q.off = std::max<i64>(queue_end(b, 31, q, false), 0);
      q.end = max;
      result.messages += max - q.off;
    } else {
      q.off = max;
    }
    ws[i % threads]->queues.push_back(q);
  }
  return result;
}

// Finds the broker and creates what the mode needs.
inline void prepare_server(bool echo_on_namesrv) {
  if (g_mode == PRODUCE || g_mode == E2E) {
    if (O.create) create_topics();
    lookup_route();
    if (O.broker.empty()) resolve_broker();
    build_templates();
  } else if (g_mode == CONSUME) {
    lookup_route();
    resolve_broker();
  } else if (!echo_on_namesrv) {
    resolve_broker();
  } else if (O.namesrv.empty()) {
    die("echo without --code needs --namesrv");
  }
}

}  // namespace rmqload
