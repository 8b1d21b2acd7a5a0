// query_handlers.h - requests that read the route table: 105, 106, 206, 224, 304, 311 to 313, 901.
//
// Each function takes the current snapshot and encodes from it; no lock is held meanwhile. [io]
#pragma once

#include "order_conf.h"
#include "route_table.h"
#include "stanchion/request.h"
#include "stanchion/sdk/answer.h"

namespace stn::namesrv_routes {

struct query_handlers {
  const route_table &table;
  const order_conf &order;

  answer route(const stn_req_view &q) const;
  answer cluster_info(const stn_req_view &q) const;
  answer all_topics(const stn_req_view &q) const;
  answer topics_of_cluster(const stn_req_view &q) const;
  answer system_topics(const stn_req_view &q) const;
  // Topics whose flags have all bits of `with` and none of `without`.
  answer topics_by_flag(int32_t with, int32_t without) const;
  answer member_group(const stn_req_view &q) const;
};

}  // namespace stn::namesrv_routes
