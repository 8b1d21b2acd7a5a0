// counters.h - what broker-pull counts; added once per batch of answers. [any] but for add_all [ctrl]
#pragma once

#include <cstdint>

#include "stanchion/host.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_pull {

// Sums over one batch of answers.
struct tally {
  int64_t found = 0;      // answers with messages
  int64_t not_found = 0;  // 19
  int64_t retry = 0;      // 20
  int64_t moved = 0;      // 21
  int64_t failed = 0;     // any other code
  int64_t messages = 0;
  int64_t bytes = 0;
  int64_t corrupt = 0;  // records left out because they fail their checks
};

class counters {
 public:
  status add_all(const host &h);

  void add(const tally &t) const;
  void woken(int64_t n) const { metrics_->inc(woken_, n); }
  void cold() const { metrics_->inc(cold_, 1); }
  void hold_refused() const { metrics_->inc(hold_refused_, 1); }
  void held(int64_t change) const { metrics_->inc(held_, change); }

 private:
  void inc(stn_metric *m, int64_t n) const {
    if (n != 0) metrics_->inc(m, n);
  }

  iface<stn_metrics_api> metrics_;
  stn_metric *found_ = nullptr;
  stn_metric *not_found_ = nullptr;
  stn_metric *retry_ = nullptr;
  stn_metric *moved_ = nullptr;
  stn_metric *failed_ = nullptr;
  stn_metric *messages_ = nullptr;
  stn_metric *bytes_ = nullptr;
  stn_metric *corrupt_ = nullptr;
  stn_metric *woken_ = nullptr;
  stn_metric *cold_ = nullptr;
  stn_metric *hold_refused_ = nullptr;
  stn_metric *held_ = nullptr;
};

}  // namespace stn::broker_pull
