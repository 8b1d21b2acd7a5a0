// Message bodies that prove themselves: 40 little-endian bytes, then filler that is the same in every message.
// Offsets: 0 magic, 4 run id, 8 connection, 12 queue, 16 sequence per connection, 24 intended send time in ns,
// 32 body size, 36 checksum of 0..35.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "bytes.h"
#include "frames.h"
#include "options.h"
#include "rpc.h"

namespace rmqload {

inline constexpr u32 BODY_MAGIC = 0x314c5152;
inline constexpr int BODY_HEAD = 40;
inline string g_filler;
inline u32 mix_sum(const char *p) {
  u64 h = 0x9E3779B97F4A7C15ull;
  for (int i = 0; i < 32; i += 8) {
    u64 v;
    memcpy(&v, p + i, 8);
    h = (h ^ v) * 0xff51afd7ed558ccdull;
    h ^= h >> 29;
  }
  u32 t;
  memcpy(&t, p + 32, 4);
  h = (h ^ t) * 0xc4ceb9fe1a85ec53ull;
  return (u32)(h >> 32);
}
inline void make_filler(size_t n) {
  g_filler.resize(n);
  u64 x = 88172645463325252ull;
  for (auto &c : g_filler) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"[x & 63];
  }
}
inline u32 g_crc[8][256];
inline void crc_init() {
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
    g_crc[0][i] = c;
  }
  for (u32 i = 0; i < 256; i++)
    for (int k = 1; k < 8; k++)
      g_crc[k][i] = (g_crc[k - 1][i] >> 8) ^ g_crc[0][g_crc[k - 1][i] & 255];
}
inline u32 crc32(const char *p, size_t n) {
  u32 c = ~0u;
  for (; n >= 8; n -= 8, p += 8) {
    u64 v;
    memcpy(&v, p, 8);
    v ^= c;
    c = g_crc[7][v & 255] ^ g_crc[6][(v >> 8) & 255] ^ g_crc[5][(v >> 16) & 255] ^
        g_crc[4][(v >> 24) & 255] ^ g_crc[3][(v >> 32) & 255] ^ g_crc[2][(v >> 40) & 255] ^
        g_crc[1][(v >> 48) & 255] ^ g_crc[0][v >> 56];
  }
  while (n--) c = g_crc[0][(c ^ (u8)*p++) & 255] ^ (c >> 8);
  return ~c;
}

// One header template per (topic, queue); only opaque, born timestamp and the unique key are patched.
struct Tmpl {
  string head;
  int op_off = 0, born_off = 0, key_off = 0;
};
inline std::vector<Tmpl> g_tmpl;
inline bool g_bin = false;

inline void build_templates() {
  g_tmpl.clear();
  for (int q = 0; q < O.queues; q++)
    for (int t = 0; t < O.topics; t++) {
      string uk(32, 'K');
      string props;
      if (O.keys) props = "UNIQ_KEY\x01" + uk + "\x02WAIT\x01true\x02";
      Tmpl m;
      m.head = frame_head(310,
                          {{"a", O.group},
                           {"b", topic_name(t)},
                           {"c", "TBW102"},
                           {"d", "4"},
                           {"e", std::to_string(q)},
                           {"f", "0"},
                           {"g", "1111111111111"},
                           {"h", "0"},
                           {"i", props},
                           {"j", "0"},
                           {"k", "false"},
                           {"m", "false"}},
                          1999999999u, O.size, g_bin);
      if (g_bin)
        m.op_off = 8 + 5;
      else
        m.op_off = (int)m.head.find("\"opaque\":") + 9;
      m.born_off = (int)m.head.find("1111111111111");
      m.key_off = O.keys ? (int)m.head.find(uk) : 0;
      if (O.keys) {
        char b[17];
        put_hex16(b, (u64)O.run << 32 | 0x7F000001u);
        memcpy(m.head.data() + m.key_off, b, 16);
      }
      g_tmpl.push_back(std::move(m));
    }
}

}  // namespace rmqload
