// stanchion/protocol/bodies/heartbeat.h - what clients say of themselves (34), and checks of subscriptions (46).
//
// Rules: bodies/data_version.h. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct subscription_data {
  std::string topic;
  std::string expression;               // subString
  std::string expression_type = "TAG";  // absent, null and "" are read as TAG
  std::vector<std::string> tags;        // tagsSet
  std::vector<int32_t> codes;           // codeSet: hashes of the tags
  int64_t version_ms = 0;
  bool class_filter = false;

  bool operator==(const subscription_data &) const = default;
};
std::string encode(const subscription_data &s);
outcome decode(std::string_view text, subscription_data *out);

enum class consume_type : uint8_t { actively, passively, pop };
enum class message_model : uint8_t { clustering, broadcasting };
enum class consume_from : uint8_t {
  last_offset,
  first_offset,
  timestamp,
  last_offset_and_min_when_boot_first,
  min_offset,
  max_offset,
};
// Names as on the wire. Unknown text is read as actively, clustering, last_offset.
std::string_view name_of(consume_type v);
std::string_view name_of(message_model v);
std::string_view name_of(consume_from v);

struct consumer_data {
  std::string group;
  consume_type type = consume_type::actively;
  message_model model = message_model::clustering;
  consume_from from = consume_from::last_offset;
  std::vector<subscription_data> subscriptions;
  bool unit_mode = false;

  bool operator==(const consumer_data &) const = default;
};

struct heartbeat_data {
  std::string client_id;
  std::vector<std::string> producer_groups;
  std::vector<consumer_data> consumers;
  int32_t fingerprint = 0;             // 5.x
  bool without_subscriptions = false;  // 5.x

  bool operator==(const heartbeat_data &) const = default;
};
std::string encode(const heartbeat_data &h);
outcome decode(std::string_view text, heartbeat_data *out);

struct check_client_config {  // 46
  std::string client_id;
  std::string group;
  subscription_data subscription;
};
outcome decode(std::string_view text, check_client_config *out);

}  // namespace stn::protocol
