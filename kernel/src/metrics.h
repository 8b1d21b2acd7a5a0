// metrics.h - the registry behind "stn.host.metrics/1".
//
// add is [ctrl], inc and set are [any]: counters are spread over cache lines by thread, so that an increment is one
// uncontended relaxed addition. dump is [ctrl] and sees each value at some moment during the call.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "stanchion/host.h"

namespace stn::kernel {

class metrics {
 public:
  metrics();
  metrics(const metrics &) = delete;
  ~metrics();

  stn_iface iface();
  // For the kernel's own counters; `name` is a literal.
  stn_metric *counter(const char *name, const stn_kv *labels = nullptr, uint32_t n_labels = 0);
  static void add(stn_metric *m, int64_t v);
  void set_gauge(const char *name, int64_t v);

  // One `name{label="value"} number` per line, sorted.
  std::string dump() const;
  // Writes the dump so that a reader sees the old file or the new one, never half of it.
  bool write(const std::string &file) const;

 private:
  stn_status register_metric(int32_t kind, const char *name, const stn_kv *labels,
                             uint32_t n_labels, stn_metric **out, stn_error *err);

  mutable std::mutex mutex_;  // guards the map, not the values
  std::map<std::string, std::unique_ptr<stn_metric>> series_;
};

}  // namespace stn::kernel
