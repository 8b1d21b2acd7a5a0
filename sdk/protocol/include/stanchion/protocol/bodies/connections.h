// stanchion/protocol/bodies/connections.h - who is connected: 38, 203, 204.
//
// Rules: bodies/data_version.h. [any]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/protocol/bodies/heartbeat.h"
#include "stanchion/protocol/language.h"

namespace stn::protocol {

struct connection {
  std::string client_id;
  std::string client_addr;  // "ip:port"
  language lang = language::other;
  int32_t version = 0;

  bool operator==(const connection &) const = default;
};

struct consumer_connection {  // 203
  std::vector<connection> connections;
  std::map<std::string, subscription_data> subscriptions;  // by topic
  consume_type type = consume_type::actively;
  message_model model = message_model::clustering;
  consume_from from = consume_from::last_offset;

  bool operator==(const consumer_connection &) const = default;
};
std::string encode(const consumer_connection &c);
outcome decode(std::string_view text, consumer_connection *out);

struct producer_connection {  // 204
  std::vector<connection> connections;

  bool operator==(const producer_connection &) const = default;
};
std::string encode(const producer_connection &c);
outcome decode(std::string_view text, producer_connection *out);

struct consumer_id_list {  // 38
  std::vector<std::string> ids;

  bool operator==(const consumer_id_list &) const = default;
};
std::string encode(const consumer_id_list &l);
outcome decode(std::string_view text, consumer_id_list *out);

}  // namespace stn::protocol
