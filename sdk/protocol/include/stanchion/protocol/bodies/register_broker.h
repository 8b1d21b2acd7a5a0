// stanchion/protocol/bodies/register_broker.h - what a broker tells a name server with 103.
//
// Rules: bodies/data_version.h. The header says whether the body is compressed and carries its checksum. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/protocol/bodies/topic_config.h"

namespace stn::protocol {

struct register_broker_body {
  topic_config_table topics;
  std::vector<std::string> filter_servers;

  bool operator==(const register_broker_body &) const = default;
};

std::string encode(const register_broker_body &b);
outcome decode(std::string_view text, register_broker_body *out);

// The compressed form: zlib of length-prefixed parts (docs/wire.md). Inflating stops with too_large at
// k_register_inflated_max bytes.
inline constexpr size_t k_register_inflated_max = 64u << 20;
std::string encode_compressed(const register_broker_body &b);
outcome decode_compressed(std::string_view bytes, register_broker_body *out);

// Value of bodyCrc32 for a body as sent.
uint32_t body_crc32(std::string_view body);

}  // namespace stn::protocol
