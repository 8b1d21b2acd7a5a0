// stanchion/sdk/testing/fake_metrics.h - "stn.host.metrics/1" whose values a test can read back.
//
// add belongs to the thread of the test; inc and set may come from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "stanchion/host.h"
#include "stanchion/sdk/host.h"

namespace stn::testing {

class fake_metrics {
 public:
  // Value of the series written like in a dump: `name` or `name{a="b",c="d"}`; 0 if there is none.
  int64_t value(const std::string &series) const {
    auto it = series_.find(series);
    return it == series_.end() ? 0 : it->second.load();
  }
  bool has(const std::string &series) const { return series_.count(series) != 0; }
  // Sum over all series of this name.
  int64_t total(const std::string &name) const {
    int64_t sum = 0;
    for (auto &[key, v] : series_) {
      if (key.substr(0, key.find('{')) == name) sum += v.load();
    }
    return sum;
  }

  stn_iface iface() { return {&table()->h, this}; }

 private:
  using cell = std::atomic<int64_t>;

  static stn_status add(void *self, int32_t kind, const char *name, const char *,
                        const stn_kv *labels, uint32_t n, stn_metric **out, stn_error *err) {
    if (kind != STN_METRIC_COUNTER && kind != STN_METRIC_GAUGE) {
      return stn_error_set(err, STN_E_UNSUPPORTED, "unknown kind of metric");
    }
    std::string key = name;
    for (uint32_t i = 0; i < n; i++) {
      key += i == 0 ? '{' : ',';
      key.append(view(labels[i].key)).append("=\"").append(view(labels[i].value)).append("\"");
    }
    if (n > 0) key += '}';
    *out = reinterpret_cast<stn_metric *>(&static_cast<fake_metrics *>(self)->series_[key]);
    return STN_OK;
  }

  static const stn_metrics_api *table() {
    static const stn_metrics_api t = {
        {sizeof(stn_metrics_api), STN_VER(1, 0)},
        add,
        [](stn_metric *m, int64_t v) { reinterpret_cast<cell *>(m)->fetch_add(v); },
        [](stn_metric *m, int64_t v) { reinterpret_cast<cell *>(m)->store(v); }};
    return &t;
  }

  std::map<std::string, cell> series_;
};

}  // namespace stn::testing
