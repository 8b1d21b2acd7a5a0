#include "context.h"

#include "stanchion/protocol/codes.h"

namespace stn::broker_send {
namespace {

namespace rc = protocol::response_code;

constexpr int32_t k_other = -1;
constexpr int32_t k_counted_codes[] = {rc::system_error,
                                       rc::system_busy,
                                       rc::flush_disk_timeout,
                                       rc::message_illegal,
                                       rc::service_not_available,
                                       rc::no_permission,
                                       rc::topic_not_exist,
                                       rc::subscription_group_not_exist,
                                       k_other};

}  // namespace

status counters::add_all(const host &h) {
  auto metrics = h.get<stn_metrics_api>(STN_METRICS_ID);
  if (!metrics.ok()) return metrics.error();
  metrics_ = metrics.value();
  stn_error err{};
  auto add = [&](const char *name, const char *help, const stn_kv *label, stn_metric **out) {
    return metrics_->add(metrics_.self, STN_METRIC_COUNTER, name, help, label,
                         label != nullptr ? 1 : 0, out, &err);
  };
  stn_status st =
      add("stn_send_messages_total", "messages stored for producers", nullptr, &stored_);
  if (st == STN_OK) {
    st = add("stn_send_back_messages_total", "messages that consumers sent back", nullptr,
             &sent_back_);
  }
  for (const int32_t code : k_counted_codes) {
    const std::string text = code == k_other ? "other" : std::to_string(code);
    const stn_kv label = {str("code"), str(text)};
    stn_metric *metric = nullptr;
    if (st == STN_OK) {
      st = add("stn_send_failures_total", "answers with a code that is not 0", &label, &metric);
    }
    refused_.push_back({code, metric});
  }
  return status::from_abi(st, err);
}

void counters::refused(int32_t code, uint64_t n) {
  size_t i = 0;
  while (i + 1 < refused_.size() && refused_[i].code != code) i++;
  metrics_->inc(refused_[i].metric, static_cast<int64_t>(n));
}

}  // namespace stn::broker_send
