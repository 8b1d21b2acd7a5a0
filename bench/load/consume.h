// Pull requests and the checks of what they bring.
#pragma once

#include <string>

#include "body.h"
#include "worker.h"

namespace rmqload {

inline void send_pull(Worker &w, Conn &c, int qi, bool longpoll) {
  Queue &q = w.queues[qi];
  u32 slot, op = take_slot(c, slot);
  c.slot_t[slot] = w.now;
  c.slot_q[slot] = qi;
  q.inflight = 1;
  i64 n = O.batch;
  if (!longpoll && O.count == 0 && q.end > 0 && q.end - q.off < n) n = q.end - q.off;
  char buf[1200];
  int k;
  if (!g_bin) {
    k = snprintf(buf + 8, sizeof buf - 8,
                 "{\"code\":11,\"extFields\":{\"queueId\":\"%d\",\"maxMsgNums\":\"%d\",\"sysFlag\":"
                 "\"%d\",\"suspendTimeoutMillis\":\"%d\",\"commitOffset\":\"0\","
                 "\"topic\":\"%s\",\"queueOffset\":\"%lld\",\"expressionType\":\"TAG\","
                 "\"subVersion\":\"0\",\"consumerGroup\":\"%s\",\"subscription\":\"*\"},"
                 "\"flag\":0,\"language\":\"CPP\",\"opaque\":%u,\"serializeTypeCurrentRPC\":"
                 "\"JSON\",\"version\":%d}",
                 q.q, (int)n, longpoll ? 6 : 4, longpoll ? O.suspend_ms : 0, q.topic.c_str(),
                 (long long)q.off, O.group.c_str(), op, PROTO_VERSION);
    put32(buf, 4 + k);
    put32(buf + 4, k);
    flush_bytes(w, c, buf, 8 + k);
  } else {
    string f = frame_head(11,
                          {{"queueId", std::to_string(q.q)},
                           {"maxMsgNums", std::to_string(n)},
                           {"sysFlag", longpoll ? "6" : "4"},
                           {"suspendTimeoutMillis", std::to_string(longpoll ? O.suspend_ms : 0)},
                           {"commitOffset", "0"},
                           {"topic", q.topic},
                           {"queueOffset", std::to_string(q.off)},
                           {"expressionType", "TAG"},
                           {"subVersion", "0"},
                           {"consumerGroup", O.group},
                           {"subscription", "*"}},
                          op, 0, true);
    flush_bytes(w, c, f.data(), f.size());
  }
}
inline void mark_seen(Worker &w, Queue &q, u32 run, u32 conn, u64 seq) {
  u64 key = (u64)run << 32 | conn;
  if (key != w.last_key) {
    w.last_key = key;
    w.last_seen = &w.seen[key];
  }
  BitSeen &s = *w.last_seen;
  if (seq > (1ull << 34)) {
    w.st.bad++;
    return;
  }
  u64 i = seq >> 6, m = 1ull << (seq & 63);
  if (i >= s.w.size()) s.w.resize(std::max<size_t>(i + 1, s.w.size() * 2 + 64));
  if (s.w[i] & m) w.st.dup++;
  s.w[i] |= m;
  if (seq + 1 > s.maxp1) s.maxp1 = seq + 1;
  u64 &l = q.last[key];
  if (seq < l)
    w.st.reorder++;
  else
    l = seq;
}
inline void eat_messages(Worker &w, Queue &q, const char *p, size_t n, bool want_lat) {
  while (n >= 4) {
    u32 tot = get32(p);
    if (tot < 88 || tot > n) {
      w.st.bad++;
      return;
    }
    w.st.recv++;
    w.st.recv_bytes += tot;
    u32 sys = get32(p + 36);
    size_t o = 48 + ((sys & 0x10) ? 20 : 8) + 8 + ((sys & 0x20) ? 20 : 8) + 4 + 8;
    u32 bl = o + 4 <= tot ? get32(p + o) : ~0u;
    if (bl > tot - o - 4) {
      w.st.bad++;
      p += tot;
      n -= tot;
      continue;
    }
    const char *b = p + o + 4;
    if (O.verify) {
      i64 qo = (i64)get64(p + 20);
      bool ok = (int)get32(p + 12) == q.q;
      if (q.expect >= 0 && qo != q.expect) w.st.gap++;
      q.expect = qo + 1;
      if (bl >= (u32)BODY_HEAD) {
        u32 h[10];
        memcpy(h, b, BODY_HEAD);
        ok = ok && h[0] == BODY_MAGIC && h[8] == bl && h[9] == mix_sum(b) &&
             (bl - BODY_HEAD <= g_filler.size()
                  ? memcmp(b + BODY_HEAD, g_filler.data(), bl - BODY_HEAD) == 0
                  : true);
        if (ok) {
          u64 seq;
          memcpy(&seq, h + 4, 8);
          mark_seen(w, q, h[1], h[2], seq);
        }
      } else
        ok = false;
      if (O.crc && ok) ok = (crc32(b, bl) & 0x7fffffffu) == (get32(p + 8) & 0x7fffffffu);
      if (!ok) w.st.bad++;
    }
    if (want_lat && bl >= (u32)BODY_HEAD) {
      u32 run;
      memcpy(&run, b + 4, 4);
      if (run == O.run && g_measure.load(std::memory_order_relaxed)) {
        u64 t;
        memcpy(&t, b + 24, 8);
        w.st.e2e.add(w.now > t ? w.now - t : 0);
      }
    }
    p += tot;
    n -= tot;
  }
}

}  // namespace rmqload
