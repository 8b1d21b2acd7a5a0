// stanchion/protocol/bodies/stats.h - positions per queue: of a topic (202), of a group (208).
//
// Rules: bodies/data_version.h. A queue as a map key is written as a JSON text in quotes, which stock tools read. [any]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "stanchion/protocol/bodies/queue_lock.h"

namespace stn::protocol {

struct topic_offset {
  int64_t min_offset = 0;
  int64_t max_offset = 0;
  int64_t last_update_ms = 0;

  bool operator==(const topic_offset &) const = default;
};
using topic_stats_table = std::map<message_queue, topic_offset>;
std::string encode(const topic_stats_table &t);
outcome decode(std::string_view text, topic_stats_table *out);

struct offset_wrapper {
  int64_t broker_offset = 0;
  int64_t consumer_offset = 0;
  int64_t last_ms = 0;

  bool operator==(const offset_wrapper &) const = default;
};
struct consume_stats {
  std::map<message_queue, offset_wrapper> queues;
  double consume_tps = 0;

  bool operator==(const consume_stats &) const = default;
};
std::string encode(const consume_stats &s);
outcome decode(std::string_view text, consume_stats *out);

}  // namespace stn::protocol
