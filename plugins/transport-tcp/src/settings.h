// settings.h - the transport's settings, and the counters it keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stanchion/host.h"

namespace stn::transport_tcp {

struct listener_settings {
  std::string name;
  std::string address;  // ip:port as configured
  std::string scope;
};

struct settings {
  std::vector<listener_settings> listen;
  size_t frame_max = 16 << 20;         // bytes, length word included
  uint64_t idle_ns = 120'000'000'000;  // 0 traffic for this long closes a connection
  uint32_t in_flight_max = 65536;      // unanswered requests per connection
  size_t write_high_mark = 8 << 20;    // unsent bytes per connection
  int backlog = 1024;
};

// Fetched once; added to per read or write, never per message.
struct counters {
  const stn_metrics_api *api = nullptr;
  stn_metric *connections = nullptr;  // gauge
  stn_metric *requests = nullptr;
  stn_metric *received_bytes = nullptr;
  stn_metric *sent_bytes = nullptr;
  stn_metric *frames_refused = nullptr;  // connections closed because a frame could not be trusted
  stn_metric *idle_closed = nullptr;
  stn_metric *paused = nullptr;         // times a connection was not read for back-pressure
  stn_metric *error_answers = nullptr;  // refusals given, of whatever plugin
  stn_metric *answers_late = nullptr;   // answers of peers that came after their time-out

  void add(stn_metric *m, int64_t v) const { api->inc(m, v); }
};

}  // namespace stn::transport_tcp
