// kept_view.h - a copy of a request view for handlers that answer from another thread or need the request later.
#pragma once

#include <memory>
#include <vector>

#include "stanchion/request.h"

namespace stn::transport_tcp {

struct kept_view {
  stn_req_view view;
  std::vector<stn_kv> fields;
  std::unique_ptr<char[]> bytes;

  explicit kept_view(const stn_req_view &from);
};

}  // namespace stn::transport_tcp
