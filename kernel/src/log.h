// log.h - the process's log: one line per event on stderr, written by a thread of its own.
//
//   2026-11-21T12:00:00.000123Z INFO  stn.store.mmap: recovered segments=3 ms=12
//
// write is [any] and never blocks: when the queue is full the oldest line is dropped and counted. Values with spaces,
// quotes or control characters are quoted. open and close are [ctrl].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stanchion/host.h"

namespace stn::kernel {

class log {
 public:
  // Level by name: trace debug info warn error. False if there is no such level.
  static bool open(std::string_view level);
  // Writes out what is queued.
  static void close();

  static bool enabled(int32_t level);
  static void write(int32_t level, std::string_view who, std::string_view message, const stn_kv *kv,
                    uint32_t n);
  static void write(int32_t level, std::string_view message) {
    write(level, "kernel", message, nullptr, 0);
  }
  static uint64_t dropped();
};

}  // namespace stn::kernel
