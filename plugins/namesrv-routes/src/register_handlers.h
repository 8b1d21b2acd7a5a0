// register_handlers.h - requests of brokers: they come (103), go (104), ask whether they must register again (322), show
// that they live (904) and add a topic (217).
//
// Each function answers one request; bad input is an answer with code 1. [io] or [worker]
#pragma once

#include <cstddef>

#include "order_conf.h"
#include "route_table.h"
#include "stanchion/request.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/host.h"

namespace stn::namesrv_routes {

struct register_handlers {
  route_table &table;
  const order_conf &order;
  host log;
  size_t max_body = 64u << 20;  // bytes of a registration after decompression

  answer register_broker(const stn_req_view &q) const;
  answer unregister_broker(const stn_req_view &q) const;
  answer query_data_version(const stn_req_view &q) const;
  answer heartbeat(const stn_req_view &q) const;
  answer register_topic(const stn_req_view &q) const;
};

}  // namespace stn::namesrv_routes
