// responder.h - stn_req_ops: answers of processors, from the connection's own thread or from another.
#pragma once

#include "stanchion/request.h"

namespace stn::transport_tcp {

extern const stn_req_ops k_req_ops;

}  // namespace stn::transport_tcp
