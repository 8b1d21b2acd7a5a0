// body_limit: a put hook that refuses messages with a large body. Copy this folder for a plugin of your own; the id is
// in plugin.toml and nowhere else.
#include "plugin_info.h"
#include "stanchion/ext/put_hook.h"
#include "stanchion/sdk/plugin.h"

namespace {

class body_limit final : public stn::plugin {
 public:
  stn::status init() override {
    max_body_ = static_cast<size_t>(host_.cfg_i64("max_body"));
    auto metrics = host_.get<stn_metrics_api>(STN_METRICS_ID);
    if (!metrics.ok()) return metrics.error();
    metrics_ = metrics.value();
    stn_error err{};
    return stn::status::from_abi(
        metrics_->add(metrics_.self, STN_METRIC_COUNTER, "body_limit_refused_total",
                      "messages refused for their size", nullptr, 0, &refused_, &err),
        err);
  }

  bool query(std::string_view id, stn_iface *out) override {
    return id == STN_PUT_HOOK_ID && stn::provide(out, k_table, this);
  }

 private:
  // Runs on an I/O thread for every batch of messages: no lock, no allocation, no wait.
  void check(const stn_append *v, stn_verdict *verdict, uint32_t n) const {
    for (uint32_t i = 0; i < n; i++) {
      if (verdict[i].code != 0 || v[i].body.len <= max_body_) continue;
      verdict[i].code = k_message_illegal;
      verdict[i].remark = stn::str("the body is larger than this broker accepts");
      metrics_->inc(refused_, 1);
    }
  }

  static constexpr int32_t k_message_illegal = 13;
  static const stn_put_hook_api k_table;

  size_t max_body_ = 0;
  stn::iface<stn_metrics_api> metrics_;
  stn_metric *refused_ = nullptr;
};

const stn_put_hook_api body_limit::k_table = {
    {sizeof(stn_put_hook_api), STN_VER(1, 0)},
    [](void *self, stn_append *v, stn_verdict *verdict, uint32_t n, stn_scratch *) {
      static_cast<body_limit *>(self)->check(v, verdict, n);
    }};

}  // namespace

STN_PLUGIN(body_limit);
