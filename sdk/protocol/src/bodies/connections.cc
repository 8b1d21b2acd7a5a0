#include "stanchion/protocol/bodies/connections.h"

#include "codec.h"

namespace stn::protocol {
namespace {

json to_json(const std::vector<connection> &connections) {
  json out = json::array();
  for (const connection &c : connections) {
    out.push_back({{"clientAddr", c.client_addr},
                   {"clientId", c.client_id},
                   {"language", language_name(c.lang)},
                   {"version", c.version}});
  }
  return out;
}

std::vector<connection> connections_from(const json &in) {
  std::vector<connection> out;
  for (const json &c : in) {
    out.push_back({text_at(c, "clientId"), text_at(c, "clientAddr"),
                   language_from(text_at(c, "language")), int32_at(c, "version")});
  }
  return out;
}

}  // namespace

std::string encode(const consumer_connection &c) {
  json subscriptions = json::object();
  for (const auto &[topic, s] : c.subscriptions) subscriptions[topic] = to_json(s);
  return compact({{"connectionSet", to_json(c.connections)},
                  {"consumeFromWhere", name_of(c.from)},
                  {"consumeType", name_of(c.type)},
                  {"messageModel", name_of(c.model)},
                  {"subscriptionTable", std::move(subscriptions)}});
}

outcome decode(std::string_view text, consumer_connection *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = consumer_connection{};
  out->connections = connections_from(array_at(in, "connectionSet"));
  out->from = consume_from_from(text_at(in, "consumeFromWhere"));
  out->type = consume_type_from(text_at(in, "consumeType"));
  out->model = message_model_from(text_at(in, "messageModel"));
  for (const auto &[topic, s] : object_at(in, "subscriptionTable").items()) {
    from_json(s, &out->subscriptions[topic]);
  }
  return {};
}

std::string encode(const producer_connection &c) {
  return compact({{"connectionSet", to_json(c.connections)}});
}

outcome decode(std::string_view text, producer_connection *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = {connections_from(array_at(in, "connectionSet"))};
  return {};
}

std::string encode(const consumer_id_list &l) { return compact({{"consumerIdList", l.ids}}); }

outcome decode(std::string_view text, consumer_id_list *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = {texts_of(array_at(in, "consumerIdList"))};
  return {};
}

}  // namespace stn::protocol
