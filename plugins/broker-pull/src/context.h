// context.h - what every part of broker-pull works with: interfaces of other plugins, settings, counters.
//
// Filled by the plugin in init(), constant from then on but for the counters and what is marked atomic. [any]
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "counters.h"
#include "filter_cache.h"
#include "stanchion/ext/groups.h"
#include "stanchion/ext/offsets.h"
#include "stanchion/ext/store.h"
#include "stanchion/ext/topics.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_pull {

// A refusal: code of the wire protocol and a sentence for the client. Code 0 = not refused.
struct refusal {
  int32_t code = 0;
  std::string remark{};

  bool refused() const { return code != 0; }
};

struct context {
  host services;
  iface<stn_exec_api> exec;
  iface<stn_store_api> store;
  iface<stn_topics_api> topics;
  iface<stn_groups_api> groups;
  iface<stn_offsets_api> offsets;
  filter_types filters;

  uint32_t max_msgs = 0;
  uint32_t max_bytes = 0;
  uint64_t hold_limit_ns = 0;
  uint32_t hold_max = 0;
  size_t max_expressions = 0;

  counters counts;
  std::atomic<uint32_t> held{0};        // on all I/O threads, at most hold_max
  std::atomic<bool> draining{false};    // nothing is held any more
  std::atomic<uint32_t> cold_reads{0};  // under way on `blocking`, or on their way back
};

// The line that the original puts behind remarks which have an answer in its documentation.
inline constexpr std::string_view k_see_faq =
    "\nSee http://rocketmq.apache.org/docs/faq/ for further details.";

}  // namespace stn::broker_pull
