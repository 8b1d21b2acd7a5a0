#include "stanchion/protocol/bodies/queue_lock.h"

#include "codec.h"

namespace stn::protocol {

json to_json(const message_queue &q) {
  return {{"brokerName", q.broker_name}, {"queueId", q.queue_id}, {"topic", q.topic}};
}

void from_json(const json &in, message_queue *out) {
  out->topic = text_at(in, "topic");
  out->broker_name = text_at(in, "brokerName");
  out->queue_id = int32_at(in, "queueId");
}

namespace {

json to_json(const std::vector<message_queue> &queues) {
  json out = json::array();
  for (const message_queue &q : queues) out.push_back(to_json(q));
  return out;
}

std::vector<message_queue> queues_from(const json &in) {
  std::vector<message_queue> out;
  for (const json &q : in) from_json(q, &out.emplace_back());
  return out;
}

}  // namespace

std::string encode(const lock_batch_request &r) {
  return compact({{"clientId", r.client_id},
                  {"consumerGroup", r.consumer_group},
                  {"mqSet", to_json(r.queues)}});
}

outcome decode(std::string_view text, lock_batch_request *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = {text_at(in, "consumerGroup"), text_at(in, "clientId"),
          queues_from(array_at(in, "mqSet"))};
  return {};
}

std::string encode(const lock_batch_reply &r) {
  return compact({{"lockOKMQSet", to_json(r.locked)}});
}

outcome decode(std::string_view text, lock_batch_reply *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = {queues_from(array_at(in, "lockOKMQSet"))};
  return {};
}

}  // namespace stn::protocol
