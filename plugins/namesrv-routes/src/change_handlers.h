// change_handlers.h - what administrators change in the route table: write permission of a broker (205, 327), topics
// deleted (216). The brokers are not asked; their next changed registration prevails.
//
// [io]; the work grows with the number of topics.
#pragma once

#include "route_table.h"
#include "stanchion/request.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/host.h"

namespace stn::namesrv_routes {

struct change_handlers {
  route_table &table;
  host log;

  answer wipe_write_perm(const stn_req_view &q) const;
  answer add_write_perm(const stn_req_view &q) const;
  answer delete_topic(const stn_req_view &q) const;
};

}  // namespace stn::namesrv_routes
