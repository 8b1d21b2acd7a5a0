#include "stanchion/protocol/bodies/topic_config.h"

#include <array>

#include "codec.h"
#include "stanchion/protocol/bytes.h"

namespace stn::protocol {

json to_json(const data_version &v) {
  json out = {{"counter", v.counter}, {"timestamp", v.timestamp_ms}};
  if (v.state_version != 0) out["stateVersion"] = v.state_version;
  return out;
}

void from_json(const json &in, data_version *out) {
  out->counter = int_at(in, "counter");
  out->timestamp_ms = int_at(in, "timestamp");
  out->state_version = int_at(in, "stateVersion");
}

std::string encode(const data_version &v) { return compact(to_json(v)); }

outcome decode(std::string_view text, data_version *out) { return decode_object(text, out); }

namespace {

json to_json(const topic_config &t) {
  return {{"order", t.order},
          {"perm", t.perm},
          {"readQueueNums", t.read_queues},
          {"topicFilterType", t.filter_type},
          {"topicName", t.name},
          {"topicSysFlag", t.sys_flag},
          {"writeQueueNums", t.write_queues}};
}

void from_json(const json &in, topic_config *out) {
  const topic_config defaults;
  out->name = text_at(in, "topicName");
  out->order = bool_at(in, "order");
  out->perm = int32_at(in, "perm", defaults.perm);
  out->read_queues = int32_at(in, "readQueueNums", defaults.read_queues);
  out->write_queues = int32_at(in, "writeQueueNums", defaults.write_queues);
  out->filter_type = text_at(in, "topicFilterType", defaults.filter_type);
  out->sys_flag = int32_at(in, "topicSysFlag");
}

}  // namespace

std::string encode(const topic_config &t) { return compact(to_json(t)); }

outcome decode(std::string_view text, topic_config *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  from_json(in, out);
  return {};
}

json to_json(const topic_config_table &t) {
  json topics = json::object();
  for (const auto &[name, config] : t.topics) topics[name] = to_json(config);
  return {{"dataVersion", to_json(t.version)}, {"topicConfigTable", std::move(topics)}};
}

void from_json(const json &in, topic_config_table *out) {
  from_json(object_at(in, "dataVersion"), &out->version);
  for (const auto &[name, value] : object_at(in, "topicConfigTable").items()) {
    topic_config config;
    from_json(value, &config);
    if (config.name.empty()) config.name = name;
    out->topics.insert_or_assign(name, std::move(config));
  }
}

std::string encode(const topic_config_table &t) { return compact(to_json(t)); }

std::string encode_file(const topic_config_table &t) { return pretty(to_json(t)); }

outcome decode(std::string_view text, topic_config_table *out) { return decode_object(text, out); }

std::string encode_line(const topic_config &t) {
  return t.name + ' ' + std::to_string(t.read_queues) + ' ' + std::to_string(t.write_queues) + ' ' +
         std::to_string(t.perm) + ' ' + t.filter_type;
}

outcome decode_line(std::string_view line, topic_config *out) {
  std::array<std::string_view, 5> part;
  for (std::string_view &p : part) {
    const size_t n = line.find(' ');
    p = line.substr(0, n);
    line = n == std::string_view::npos ? std::string_view{} : line.substr(n + 1);
  }
  // What stands behind the five parts are attributes of 5.x.
  *out = topic_config{};
  if (part[0].empty()) return {errc::malformed, "topic"};
  if (!parse_int(part[1], &out->read_queues) || !parse_int(part[2], &out->write_queues) ||
      !parse_int(part[3], &out->perm)) {
    return {errc::bad_number, "topic"};
  }
  out->name = part[0];
  if (!part[4].empty()) out->filter_type = part[4];
  return {};
}

}  // namespace stn::protocol
