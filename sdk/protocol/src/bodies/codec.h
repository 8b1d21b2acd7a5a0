// codec.h - conversions between body structs and JSON values that several bodies share.
#pragma once

#include "json.h"
#include "stanchion/protocol/bodies/data_version.h"
#include "stanchion/protocol/bodies/heartbeat.h"
#include "stanchion/protocol/bodies/queue_lock.h"
#include "stanchion/protocol/bodies/topic_config.h"

namespace stn::protocol {

json to_json(const data_version &v);
void from_json(const json &in, data_version *out);

json to_json(const topic_config_table &t);
void from_json(const json &in, topic_config_table *out);

json to_json(const subscription_data &s);
void from_json(const json &in, subscription_data *out);

json to_json(const message_queue &q);
void from_json(const json &in, message_queue *out);

// Enumerations by their wire names; unknown text gives the default of the enumeration.
consume_type consume_type_from(std::string_view name);
message_model message_model_from(std::string_view name);
consume_from consume_from_from(std::string_view name);

// Reads text as an object and hands it to from_json.
template <class T>
outcome decode_object(std::string_view text, T *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = T{};
  from_json(in, out);
  return {};
}

}  // namespace stn::protocol
