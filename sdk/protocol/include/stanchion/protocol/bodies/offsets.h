// stanchion/protocol/bodies/offsets.h - progress tables: config/consumerOffset.json (43), config/delayOffset.json (45).
//
// Rules: bodies/data_version.h. [any]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct consumer_offset_table {
  // "topic@group" to queue id to the next offset to consume.
  std::map<std::string, std::map<int32_t, int64_t>, std::less<>> offsets;

  bool operator==(const consumer_offset_table &) const = default;
};
std::string encode(const consumer_offset_table &t);
std::string encode_file(const consumer_offset_table &t);
outcome decode(std::string_view text, consumer_offset_table *out);

// Key of a table entry, and back: false when key has no '@' with text on both sides.
std::string offset_key(std::string_view topic, std::string_view group);
bool split_offset_key(std::string_view key, std::string_view *topic, std::string_view *group);

struct delay_offset_table {
  std::map<int32_t, int64_t> offsets;  // delay level to the next offset to deliver

  bool operator==(const delay_offset_table &) const = default;
};
std::string encode(const delay_offset_table &t);
std::string encode_file(const delay_offset_table &t);
outcome decode(std::string_view text, delay_offset_table *out);

}  // namespace stn::protocol
