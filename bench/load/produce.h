// Requests of the producing side: sends and echoes.
#pragma once

#include <string>

#include "body.h"
#include "worker.h"

namespace rmqload {

inline void pump_produce(Worker &w, Conn &c) {
  if (!c.pend.empty() || c.free_.empty() || !w.sending) return;
  const size_t chunk = 256 << 10;
  const int S = O.size, NT = (int)g_tmpl.size();
  size_t n = 0;
  bool open = w.gap_ns > 0;
  char born[13];
  put_dec13(born, w.now_ms);
  while (!c.free_.empty()) {
    u64 t = w.now;
    if (open) {
      u64 due = w.due(c);
      if (due > w.now) break;
      t = due;
      c.next_i++;
    } else if (w.quota) {
      if (w.sent >= w.quota) break;
    }
    w.sent++;
    const Tmpl &m = g_tmpl[c.tix];
    if (++c.tix >= (u64)NT) c.tix = 0;
    u32 slot, op = take_slot(c, slot);
    c.slot_t[slot] = t;
    size_t need = m.head.size() + S;
    if (n + need > w.wbuf.size()) w.wbuf.resize(std::max(w.wbuf.size() * 2, n + need));
    char *p = w.wbuf.data() + n;
    memcpy(p, m.head.data(), m.head.size());
    if (g_bin)
      put32(p + m.op_off, op);
    else
      put_dec10(p + m.op_off, op);
    memcpy(p + m.born_off, born, 13);
    u64 seq = c.seq++;
    if (O.keys) put_hex16(p + m.key_off + 16, (u64)c.id << 40 | seq);
    char *b = p + m.head.size();
    u32 h[10];
    h[0] = BODY_MAGIC;
    h[1] = O.run;
    h[2] = (u32)c.id;
    h[3] = 0;
    memcpy(h + 4, &seq, 8);
    memcpy(h + 6, &t, 8);
    h[8] = (u32)S;
    h[9] = mix_sum((const char *)h);
    memcpy(b, h, BODY_HEAD);
    memcpy(b + BODY_HEAD, g_filler.data(), S - BODY_HEAD);
    n += need;
    if (n >= chunk) {
      flush_bytes(w, c, w.wbuf.data(), n);
      n = 0;
      if (!c.pend.empty()) break;
    }
  }
  if (n) flush_bytes(w, c, w.wbuf.data(), n);
}
inline void pump_echo(Worker &w, Conn &c) {
  if (!c.pend.empty() || c.free_.empty() || !w.sending) return;
  size_t n = 0;
  while (!c.free_.empty()) {
    if (w.quota && w.sent >= w.quota) break;
    w.sent++;
    u32 slot, op = take_slot(c, slot);
    c.slot_t[slot] = w.now;
    if (n + w.echo_head.size() > w.wbuf.size()) w.wbuf.resize(w.wbuf.size() * 2);
    char *p = w.wbuf.data() + n;
    memcpy(p, w.echo_head.data(), w.echo_head.size());
    if (g_bin)
      put32(p + w.echo_op, op);
    else
      put_dec10(p + w.echo_op, op);
    n += w.echo_head.size();
  }
  if (n) flush_bytes(w, c, w.wbuf.data(), n);
}

}  // namespace rmqload
