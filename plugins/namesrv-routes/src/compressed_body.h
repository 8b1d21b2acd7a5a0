// compressed_body.h - the compressed form of a registration (header field compressed=true).
//
// zlib around: length and JSON of the data version, number of topics, per topic a length and the text
// "topic readQueues writeQueues perm filterType", length and JSON of filter servers; brokers of 5.x append more, which is
// not read. All lengths are big-endian int32. [any]
#pragma once

#include <cstddef>
#include <string_view>

#include "route_data.h"

namespace stn::namesrv_routes {

// False: not zlib, longer than max_size when inflated, or not of that shape.
bool decode_register_compressed(std::string_view body, size_t max_size, registration *out);

// The original's checksum of a body: CRC-32 without the sign bit. 0 means "not checked" on the wire.
int32_t body_checksum(std::string_view body);

}  // namespace stn::namesrv_routes
