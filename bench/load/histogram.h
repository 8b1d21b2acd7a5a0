// Latencies in log-linear buckets: 128 linear steps per power of two (relative error < 0.8 %), values in ns.
#pragma once

#include <algorithm>
#include <vector>

#include "bytes.h"

namespace rmqload {

struct Hist {
  static constexpr int SUB = 7;
  std::vector<u64> c = std::vector<u64>((64 - SUB + 1) << SUB, 0);
  u64 n = 0, mx = 0;
  double sum = 0;
  static inline u32 idx(u64 v) {
    if (v < (1u << SUB)) return (u32)v;
    int e = 63 - __builtin_clzll(v) - SUB;
    return (u32)(((u64)(e + 1) << SUB) + ((v >> e) - (1u << SUB)));
  }
  static u64 upper(u32 i) {
    u32 e = i >> SUB, m = i & ((1u << SUB) - 1);
    if (e == 0) return m;
    return (((u64)(m + (1u << SUB)) + 1) << (e - 1)) - 1;
  }
  inline void add(u64 v) {
    c[idx(v)]++;
    n++;
    sum += (double)v;
    if (v > mx) mx = v;
  }
  void merge(const Hist &o) {
    for (size_t i = 0; i < c.size(); i++) c[i] += o.c[i];
    n += o.n;
    sum += o.sum;
    mx = std::max(mx, o.mx);
  }
  void reset() {
    std::fill(c.begin(), c.end(), 0);
    n = mx = 0;
    sum = 0;
  }
  double q(double f) const {  // in microseconds
    if (!n) return 0;
    u64 want = (u64)(f * (double)n + 0.9999999), acc = 0;
    if (want < 1) want = 1;
    for (u32 i = 0; i < c.size(); i++) {
      acc += c[i];
      if (acc >= want) return (double)std::min(upper(i), mx) / 1000.0;
    }
    return (double)mx / 1000.0;
  }
};

}  // namespace rmqload
