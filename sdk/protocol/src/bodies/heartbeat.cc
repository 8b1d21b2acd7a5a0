#include "stanchion/protocol/bodies/heartbeat.h"

#include <array>

#include "codec.h"

namespace stn::protocol {
namespace {

constexpr std::array<std::string_view, 3> k_consume_types = {"CONSUME_ACTIVELY",
                                                             "CONSUME_PASSIVELY", "CONSUME_POP"};
constexpr std::array<std::string_view, 2> k_message_models = {"CLUSTERING", "BROADCASTING"};
constexpr std::array<std::string_view, 6> k_consume_froms = {
    "CONSUME_FROM_LAST_OFFSET", "CONSUME_FROM_FIRST_OFFSET",
    "CONSUME_FROM_TIMESTAMP",   "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
    "CONSUME_FROM_MIN_OFFSET",  "CONSUME_FROM_MAX_OFFSET"};

template <class E, size_t N>
E enum_from(const std::array<std::string_view, N> &names, std::string_view name) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<E>(i);
  }
  return E{};
}

json to_json(const consumer_data &c) {
  json subscriptions = json::array();
  for (const subscription_data &s : c.subscriptions) subscriptions.push_back(to_json(s));
  return {{"consumeFromWhere", name_of(c.from)},
          {"consumeType", name_of(c.type)},
          {"groupName", c.group},
          {"messageModel", name_of(c.model)},
          {"subscriptionDataSet", std::move(subscriptions)},
          {"unitMode", c.unit_mode}};
}

consumer_data consumer_from(const json &in) {
  consumer_data out;
  out.group = text_at(in, "groupName");
  out.type = consume_type_from(text_at(in, "consumeType"));
  out.model = message_model_from(text_at(in, "messageModel"));
  out.from = consume_from_from(text_at(in, "consumeFromWhere"));
  out.unit_mode = bool_at(in, "unitMode");
  for (const json &s : array_at(in, "subscriptionDataSet")) {
    from_json(s, &out.subscriptions.emplace_back());
  }
  return out;
}

}  // namespace

std::string_view name_of(consume_type v) { return k_consume_types.at(static_cast<size_t>(v)); }
std::string_view name_of(message_model v) { return k_message_models.at(static_cast<size_t>(v)); }
std::string_view name_of(consume_from v) { return k_consume_froms.at(static_cast<size_t>(v)); }

consume_type consume_type_from(std::string_view name) {
  return enum_from<consume_type>(k_consume_types, name);
}
message_model message_model_from(std::string_view name) {
  return enum_from<message_model>(k_message_models, name);
}
consume_from consume_from_from(std::string_view name) {
  return enum_from<consume_from>(k_consume_froms, name);
}

json to_json(const subscription_data &s) {
  return {{"classFilterMode", s.class_filter},
          {"codeSet", s.codes},
          {"expressionType", s.expression_type},
          {"subString", s.expression},
          {"subVersion", s.version_ms},
          {"tagsSet", s.tags},
          {"topic", s.topic}};
}

void from_json(const json &in, subscription_data *out) {
  out->topic = text_at(in, "topic");
  out->expression = text_at(in, "subString");
  out->expression_type = text_at(in, "expressionType");
  if (out->expression_type.empty()) out->expression_type = "TAG";
  out->tags = texts_of(array_at(in, "tagsSet"));
  for (const json &code : array_at(in, "codeSet")) {
    if (code.is_number_integer()) out->codes.push_back(static_cast<int32_t>(code.get<int64_t>()));
  }
  out->version_ms = int_at(in, "subVersion");
  out->class_filter = bool_at(in, "classFilterMode");
}

std::string encode(const subscription_data &s) { return compact(to_json(s)); }

outcome decode(std::string_view text, subscription_data *out) { return decode_object(text, out); }

std::string encode(const heartbeat_data &h) {
  json consumers = json::array();
  for (const consumer_data &c : h.consumers) consumers.push_back(to_json(c));
  json producers = json::array();
  for (const std::string &group : h.producer_groups) producers.push_back({{"groupName", group}});
  json out = {{"clientID", h.client_id},
              {"consumerDataSet", std::move(consumers)},
              {"producerDataSet", std::move(producers)}};
  if (h.fingerprint != 0) out["heartbeatFingerprint"] = h.fingerprint;
  if (h.without_subscriptions) out["withoutSub"] = true;
  return compact(out);
}

outcome decode(std::string_view text, heartbeat_data *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = heartbeat_data{};
  out->client_id = text_at(in, "clientID");
  out->fingerprint = int32_at(in, "heartbeatFingerprint");
  out->without_subscriptions = bool_at(in, "withoutSub");
  for (const json &p : array_at(in, "producerDataSet")) {
    out->producer_groups.push_back(text_at(p, "groupName"));
  }
  for (const json &c : array_at(in, "consumerDataSet")) out->consumers.push_back(consumer_from(c));
  return {};
}

outcome decode(std::string_view text, check_client_config *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = check_client_config{};
  out->client_id = text_at(in, "clientId");
  out->group = text_at(in, "group");
  from_json(object_at(in, "subscriptionData"), &out->subscription);
  return {};
}

}  // namespace stn::protocol
