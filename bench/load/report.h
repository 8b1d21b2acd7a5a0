// The one JSON line that a run prints.
#pragma once

#include <string>
#include <unordered_map>

#include "prepare.h"
#include "process_stats.h"

namespace rmqload {

struct Measured {
  double seconds = 0, generator_cpu = 0;
  u64 acked = 0, sent = 0, seen = 0, missing = 0;
  ProcStat before, after;
  Stats stats;
  Backlog backlog;
};

template <class... A>
inline void add(string &o, const char *format, A... values) {
  char b[512];
  snprintf(b, sizeof b, format, values...);
  o += b;
}

// Joins what the workers saw: duplicates across workers and sequences left out.
inline void judge_sequences(Workers &ws, Measured &m) {
  std::unordered_map<u64, BitSeen> all;
  for (auto &w : ws)
    for (auto &[key, b] : w->seen) {
      BitSeen &a = all[key];
      if (a.w.size() < b.w.size()) a.w.resize(b.w.size());
      for (size_t i = 0; i < b.w.size(); i++) {
        m.stats.dup += __builtin_popcountll(a.w[i] & b.w[i]);
        a.w[i] |= b.w[i];
      }
      a.maxp1 = std::max(a.maxp1, b.maxp1);
    }
  for (auto &[key, a] : all) {
    u64 n = 0;
    for (u64 x : a.w) n += __builtin_popcountll(x);
    m.seen += n;
    m.missing += a.maxp1 - n;
  }
}

inline void add_rates(string &o, const Measured &m, u64 n) {
  const Stats &s = m.stats;
  double rate = (double)n / m.seconds, bytes = rate * O.size;
  if (g_mode == CONSUME) bytes = (double)s.recv_bytes / m.seconds;
  if (g_mode == ECHO) bytes = (double)s.resp_bytes / m.seconds;
  add(o, ",\"secs\":%.3f,\"msgs\":%llu,\"msgs_s\":%.0f,\"mb_s\":%.2f", m.seconds,
      (unsigned long long)n, rate, bytes / 1e6);
  const Hist &l = g_mode == E2E ? s.e2e : s.lat;
  add(o, ",\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f",
      l.q(.5), l.q(.9), l.q(.99), l.q(.999), (double)l.mx / 1000);
  if (g_mode == E2E)
    add(o,
        ",\"ack_p50_us\":%.1f,\"ack_p99_us\":%.1f,\"ack_p999_us\":%.1f,\"ack_max_us\":%.1f,"
        "\"sent\":%llu,\"recv\":%llu",
        s.lat.q(.5), s.lat.q(.99), s.lat.q(.999), (double)s.lat.mx / 1000,
        (unsigned long long)m.sent, (unsigned long long)s.recv);
  if (g_mode == PRODUCE && O.rate > 0) add(o, ",\"rate\":%.0f", O.rate);
}

inline void add_consumption(string &o, const Measured &m) {
  const Stats &s = m.stats;
  if (g_mode == CONSUME) add(o, ",\"backlog\":%llu", (unsigned long long)m.backlog.messages);
  if (g_mode == CONSUME && O.expect) add(o, ",\"visible_after_s\":%.2f", m.backlog.visible_after_s);
  if (g_mode != CONSUME && g_mode != E2E) return;
  u64 full = s.pulls - s.empty;
  add(o, ",\"pulls\":%llu,\"empty\":%llu,\"msgs_per_pull\":%.2f", (unsigned long long)s.pulls,
      (unsigned long long)s.empty, full ? (double)s.recv / (double)full : 0.0);
  if (!O.verify) return;
  add(o,
      ",\"bad\":%llu,\"dup\":%llu,\"missing\":%llu,\"offset_gaps\":%llu,\"seen\":%llu,"
      "\"reordered\":%llu",
      (unsigned long long)s.bad, (unsigned long long)s.dup, (unsigned long long)m.missing,
      (unsigned long long)s.gap, (unsigned long long)m.seen, (unsigned long long)s.reorder);
}

inline void add_codes(string &o, const Stats &s) {
  if (s.unmatched) add(o, ",\"unmatched\":%llu", (unsigned long long)s.unmatched);
  if (g_mode == PRODUCE || g_mode == E2E) add(o, ",\"failed\":%llu", (unsigned long long)s.late);
  o += ",\"codes\":{";
  bool first = true;
  for (auto &[k, v] : s.codes) {
    add(o, "%s\"%d\":%llu", first ? "" : ",", k, (unsigned long long)v);
    first = false;
  }
  o += "}";
  for (auto &[k, v] : s.remarks) {
    if (k == 0 || v.empty()) continue;
    o += ",\"remark_" + std::to_string(k) + "\":";
    json_str(o, v);
  }
}

inline string report(const Measured &m, size_t threads) {
  u64 n = g_mode == CONSUME ? m.stats.recv : g_mode == E2E ? m.stats.acked : m.acked;
  string o = "{\"mode\":\"" + O.mode + "\"";
  if (!O.label.empty()) {
    o += ",\"label\":";
    json_str(o, O.label);
  }
  add(o, ",\"conns\":%d,\"window\":%d,\"size\":%d,\"queues\":%d,\"topics\":%d,\"threads\":%d",
      O.conns, O.window, O.size, O.queues, O.topics, (int)threads);
  add_rates(o, m, n);
  add_consumption(o, m);
  add_codes(o, m.stats);
  add(o, ",\"gen_cpu_s\":%.3f,\"gen_cpu_us_per_msg\":%.3f", m.generator_cpu,
      n ? m.generator_cpu * 1e6 / (double)n : 0.0);
  double cpu = m.after.cpu - m.before.cpu;
  if (O.pid)
    add(o,
        ",\"server_cpu_s\":%.2f,\"server_cpu_s_per_1m\":%.3f,\"server_hwm_mb\":%.0f,"
        "\"server_rss_mb\":%.0f,\"server_anon_mb\":%.0f",
        cpu, n ? cpu * 1e6 / (double)n : 0.0, m.after.hwm_mb, m.after.rss_mb, m.after.anon_mb);
  return o + "}";
}

}  // namespace rmqload
