// store_metrics.h - brings the store's counters to the metric registry once a second, off the append path.
#pragma once

#include <array>
#include <atomic>

#include "message_store.h"
#include "stanchion/sdk/host.h"

namespace stn::store_mmap {

class store_metrics {
 public:
  // [ctrl]; without a metrics interface it does nothing.
  status init(const host &h, iface<stn_exec_api> exec, const message_store &store);
  status start();
  void stop();

 private:
  struct source {
    const char *name;
    const char *help;
    int32_t kind;
    const std::atomic<int64_t> *value;
    stn_metric *metric = nullptr;
    int64_t reported = 0;
  };
  void report();

  iface<stn_exec_api> exec_;
  iface<stn_metrics_api> metrics_;
  std::array<source, 18> sources_{};
  stn_timer *timer_ = nullptr;
};

}  // namespace stn::store_mmap
