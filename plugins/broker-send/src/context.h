// context.h - what every part of broker-send works with: interfaces of other plugins, settings, counters.
//
// Filled by the plugin in init() and start(), constant from then on but for the counters. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/ext/groups.h"
#include "stanchion/ext/put_hook.h"
#include "stanchion/ext/store.h"
#include "stanchion/ext/topics.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_send {

// A refusal: code of the wire protocol and a sentence for the client. Code 0 = not refused.
struct refusal {
  int32_t code = 0;
  std::string remark{};

  bool refused() const { return code != 0; }
};

class counters {
 public:
  // [ctrl]
  status add_all(const host &h);

  void stored(uint64_t messages) { metrics_->inc(stored_, static_cast<int64_t>(messages)); }
  void sent_back(uint64_t messages) { metrics_->inc(sent_back_, static_cast<int64_t>(messages)); }
  // Answers with a code that is not 0. Codes without a series of their own count as "other".
  void refused(int32_t code, uint64_t n);

 private:
  struct by_code {
    int32_t code;
    stn_metric *metric;
  };
  iface<stn_metrics_api> metrics_;
  stn_metric *stored_ = nullptr;
  stn_metric *sent_back_ = nullptr;
  std::vector<by_code> refused_;  // the last one is "other"
};

struct context {
  host services;
  iface<stn_exec_api> exec;
  iface<stn_store_api> store;
  iface<stn_topics_api> topics;
  iface<stn_groups_api> groups;
  std::vector<iface<stn_put_hook_api>> hooks;

  size_t max_message_size = 0;  // bytes of body
  std::string region;
  std::string_view trace_on;  // "true" or "false"

  const stn_identity *identity = nullptr;  // from start() on
  std::string cluster_entry;  // "\2CLUSTER\1<name>", goes behind the client's properties

  counters counts;
};

// The queue topic of a group's retries and of its dead letters.
inline constexpr std::string_view k_retry_prefix = "%RETRY%";
inline constexpr std::string_view k_dead_letter_prefix = "%DLQ%";
inline constexpr int32_t k_dead_letter_queues = 1;

// The line that the original puts behind remarks which have an answer in its documentation.
inline constexpr std::string_view k_see_faq =
    "\nSee http://rocketmq.apache.org/docs/faq/ for further details.";

}  // namespace stn::broker_send
