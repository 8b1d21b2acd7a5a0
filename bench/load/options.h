// Command line of the generator. Units are in the names or in README.md.
#pragma once

#include <string>

#include "bytes.h"

namespace rmqload {

struct Opt {
  string mode, namesrv, broker, topic = "LoadTopic", group = "load_group", ser = "json";
  int conns = 4, window = 64, size = 128, queues = 4, topics = 1, threads = 1, batch = 32,
      cconns = 4, code = 0;
  u64 count = 0;
  double seconds = 0, rate = 0, warmup = 0;
  int create = 1, keys = 1, verify = 1, crc = 0, suspend_ms = 15000, pid = 0, timeout_s = 15;
  u64 since_ms = 0, expect = 0;
  u32 run = 0;
  int perm = 6;
  string label;
};
inline Opt O;

}  // namespace rmqload
