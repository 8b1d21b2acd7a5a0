#include "stanchion/protocol/bodies/stats.h"

#include "codec.h"

namespace stn::protocol {
namespace {

// A bean as a map key: its text. False: the key is not one.
bool queue_from(const std::string &key, message_queue *out) {
  json in;
  if (!parse_object(key, &in)) return false;
  from_json(in, out);
  return true;
}

}  // namespace

std::string encode(const topic_stats_table &t) {
  json table = json::object();
  for (const auto &[queue, offset] : t) {
    table[compact(to_json(queue))] = {{"lastUpdateTimestamp", offset.last_update_ms},
                                      {"maxOffset", offset.max_offset},
                                      {"minOffset", offset.min_offset}};
  }
  return compact({{"offsetTable", std::move(table)}});
}

outcome decode(std::string_view text, topic_stats_table *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  out->clear();
  for (const auto &[key, value] : object_at(in, "offsetTable").items()) {
    message_queue queue;
    if (!queue_from(key, &queue)) return {errc::malformed, "offsetTable"};
    (*out)[queue] = {int_at(value, "minOffset"), int_at(value, "maxOffset"),
                     int_at(value, "lastUpdateTimestamp")};
  }
  return {};
}

std::string encode(const consume_stats &s) {
  json table = json::object();
  for (const auto &[queue, offset] : s.queues) {
    table[compact(to_json(queue))] = {{"brokerOffset", offset.broker_offset},
                                      {"consumerOffset", offset.consumer_offset},
                                      {"lastTimestamp", offset.last_ms}};
  }
  return compact({{"consumeTps", s.consume_tps}, {"offsetTable", std::move(table)}});
}

outcome decode(std::string_view text, consume_stats *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = consume_stats{};
  out->consume_tps = double_at(in, "consumeTps");
  for (const auto &[key, value] : object_at(in, "offsetTable").items()) {
    message_queue queue;
    if (!queue_from(key, &queue)) return {errc::malformed, "offsetTable"};
    out->queues[queue] = {int_at(value, "brokerOffset"), int_at(value, "consumerOffset"),
                          int_at(value, "lastTimestamp")};
  }
  return {};
}

}  // namespace stn::protocol
