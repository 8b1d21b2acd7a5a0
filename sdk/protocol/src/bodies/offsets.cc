#include "stanchion/protocol/bodies/offsets.h"

#include "codec.h"

namespace stn::protocol {
namespace {

json numbers(const std::map<int32_t, int64_t> &table) {
  json out = json::object();
  for (const auto &[key, value] : table) out[std::to_string(key)] = value;
  return out;
}

std::map<int32_t, int64_t> numbers_from(const json &in) {
  std::map<int32_t, int64_t> out;
  if (!in.is_object()) return out;
  for (const auto &[key, value] : in.items()) {
    int64_t id = 0;
    const bool legal = key_number(key, &id) && id >= INT32_MIN && id <= INT32_MAX;
    if (legal && value.is_number()) out[static_cast<int32_t>(id)] = int_at(in, key.c_str());
  }
  return out;
}

json to_json(const consumer_offset_table &t) {
  json table = json::object();
  for (const auto &[key, offsets] : t.offsets) table[key] = numbers(offsets);
  return {{"offsetTable", std::move(table)}};
}

json to_json(const delay_offset_table &t) { return {{"offsetTable", numbers(t.offsets)}}; }

}  // namespace

std::string encode(const consumer_offset_table &t) { return compact(to_json(t)); }

std::string encode_file(const consumer_offset_table &t) { return pretty(to_json(t)); }

outcome decode(std::string_view text, consumer_offset_table *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  out->offsets.clear();
  for (const auto &[key, offsets] : object_at(in, "offsetTable").items()) {
    out->offsets[key] = numbers_from(offsets);
  }
  return {};
}

std::string offset_key(std::string_view topic, std::string_view group) {
  std::string key(topic);
  return key.append(1, '@').append(group);
}

bool split_offset_key(std::string_view key, std::string_view *topic, std::string_view *group) {
  const size_t at = key.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == key.size()) return false;
  *topic = key.substr(0, at);
  *group = key.substr(at + 1);
  return true;
}

std::string encode(const delay_offset_table &t) { return compact(to_json(t)); }

std::string encode_file(const delay_offset_table &t) { return pretty(to_json(t)); }

outcome decode(std::string_view text, delay_offset_table *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  out->offsets = numbers_from(object_at(in, "offsetTable"));
  return {};
}

}  // namespace stn::protocol
