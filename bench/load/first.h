// Time from a given moment to the first stored message.
#pragma once

#include <string>

#include "body.h"
#include "rpc.h"

namespace rmqload {

inline int run_first() {
  if (O.broker.empty()) die("mode first needs --broker");
  u64 since = O.since_ms ? O.since_ms : wall_ns() / 1000000;
  Addr a = parse_addr(O.broker);
  make_filler(O.size);
  string body(O.size, 'x'), rem;
  u64 end = mono_ns() + (u64)O.timeout_s * 1000000000ull;
  double conn_ms = -1;
  int tries = 0, last = -1;
  while (mono_ns() < end) {
    Rpc b(a, true);
    if (b.fd < 0) {
      usleep(1000);
      continue;
    }
    if (conn_ms < 0) conn_ms = (double)wall_ns() / 1e6 - (double)since;
    for (;;) {
      tries++;
      int rc = b.call(310,
                      {{"a", O.group},
                       {"b", O.topic},
                       {"c", "TBW102"},
                       {"d", "4"},
                       {"e", "0"},
                       {"f", "0"},
                       {"g", std::to_string(wall_ns() / 1000000)},
                       {"h", "0"},
                       {"i", ""},
                       {"j", "0"},
                       {"k", "false"},
                       {"m", "false"}},
                      body, nullptr, &rem, nullptr, 3000);
      last = rc;
      if (rc == 0) {
        printf(
            "{\"mode\":\"first\",\"label\":\"%s\",\"connect_ms\":%.1f,\"first_ok_ms\":%.1f,"
            "\"tries\":%d}\n",
            O.label.c_str(), conn_ms, (double)wall_ns() / 1e6 - (double)since, tries);
        return 0;
      }
      if (rc < 0) break;
      usleep(1000);
      if (mono_ns() > end) break;
    }
  }
  printf(
      "{\"mode\":\"first\",\"label\":\"%s\",\"error\":\"timeout\",\"last_code\":%d,\"remark\":\"%"
      "s\"}\n",
      O.label.c_str(), last, rem.c_str());
  return 1;
}

}  // namespace rmqload
