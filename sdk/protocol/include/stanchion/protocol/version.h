// stanchion/protocol/version.h - version ordinals that peers carry in every header, and what depends on them. [any]
#pragma once

#include <cstdint>

namespace stn::protocol {

// Who we say we are, in every reply: V4_9_7. Clients derive features from it.
inline constexpr int32_t k_server_version = 407;
inline constexpr const char *k_server_version_text = "V4_9_7";

// First version that ...
inline constexpr int32_t k_version_consumer_status = 28;  // consumer serves 220, 221
inline constexpr int32_t k_version_register_body = 37;   // broker sends RegisterBrokerBody with 103
inline constexpr int32_t k_version_client_forward = 62;  // consumer serves 307, 309
inline constexpr int32_t k_version_max_reconsume_times =
    121;  // maxReconsumeTimes of 36/310 is honoured
inline constexpr int32_t k_version_standard_route_json =
    401;  // route body with quoted numeric keys
inline constexpr int32_t k_version_v5 = 413;

}  // namespace stn::protocol
