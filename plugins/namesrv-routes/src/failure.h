// failure.h - answers that say no. [any]
#pragma once

#include <string>
#include <string_view>

#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"
#include "stanchion/request.h"
#include "stanchion/sdk/answer.h"

namespace stn::namesrv_routes {

inline protocol::field_span fields_of(const stn_req_view &q) {
  return protocol::fields_from(q.fields, q.n_fields);
}

inline answer failure(std::string remark) {
  return {.code = protocol::response_code::system_error, .remark = std::move(remark)};
}

// A header that does not decode.
inline answer bad_header(const protocol::outcome &o) {
  return failure(std::string(o.name) + ": " + std::string(protocol::describe(o.code)));
}

}  // namespace stn::namesrv_routes
