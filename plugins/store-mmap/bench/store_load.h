// store_load.h - what the benches of the store share: a batch of messages, a sink that counts, a store in a directory.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "background.h"
#include "message_store.h"

namespace stn::store_mmap::bench {

inline const char k_host[9] = "\x7f\x00\x00\x01\x00\x00\x2a\x9f";

inline double now_s() { return static_cast<double>(mono_ns()) / 1e9; }

// n messages of `body` bytes for one topic, over `queues` queues from `first_queue` on.
struct load_batch {
  load_batch(uint32_t topic, uint32_t n, size_t body, int32_t first_queue = 0, int32_t queues = 4)
      : bodies(body * n, 'x'), v(n) {
    for (uint32_t i = 0; i < n; i++) {
      v[i].topic = topic;
      v[i].queue = first_queue + static_cast<int32_t>(i) % queues;
      v[i].born_host = v[i].store_host = {k_host, 8};
      v[i].body = {&bodies[i * body], body};
      v[i].n_props = 1;
      v[i].props[0] = {props.data(), props.size()};
    }
  }
  std::string bodies;
  std::string props =
      "UNIQ_KEY\1"
      "7F00000100002A9F0000000000000000\2WAIT\1true";
  std::vector<stn_append> v;
};

inline std::atomic<uint64_t> g_answered{0};

inline void append_or_die(message_store &store, const load_batch &batch) {
  static const stn_sink sink{
      {sizeof(stn_sink), STN_VER(1, 0)},
      nullptr,
      [](const stn_sink *, const stn_cqe *, uint32_t n) { g_answered += n; }};
  stn_error err{};
  const auto n = static_cast<uint32_t>(batch.v.size());
  stn_status st = STN_OK;
  // As a client does: what is refused because too much waits is sent again.
  while ((st = store.append(batch.v.data(), n, nullptr, &sink, &err)) == STN_E_BUSY) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (st != STN_OK) {
    std::fprintf(stderr, "append: %s\n", err.msg);
    std::abort();
  }
}

inline settings bench_settings(const std::filesystem::path &dir) {
  settings s;
  s.dir = dir;
  s.sync_flush = false;
  s.space_low = s.space_reserve = 0;
  parse_delay_levels(k_delay_levels_default, &s.delay_ms);
  return s;
}

inline std::unique_ptr<message_store> open_or_die(const settings &s) {
  auto store = std::make_unique<message_store>(posix_files(), s, system_clock(),
                                               [](int32_t, const std::string &) {});
  if (status opened = store->open(); !opened.ok()) {
    std::fprintf(stderr, "open: %s\n", opened.message().c_str());
    std::abort();
  }
  return store;
}

}  // namespace stn::store_mmap::bench
