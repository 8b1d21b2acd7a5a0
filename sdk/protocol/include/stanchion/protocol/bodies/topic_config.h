// stanchion/protocol/bodies/topic_config.h - topic tables: body of 21 and 103, config/topics.json, body of 351.
//
// Rules: bodies/data_version.h. [any]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "stanchion/protocol/bodies/data_version.h"

namespace stn::protocol {

struct topic_config {
  std::string name;
  int32_t read_queues = 16;
  int32_t write_queues = 16;
  int32_t perm = 6;
  std::string filter_type = "SINGLE_TAG";
  int32_t sys_flag = 0;
  bool order = false;

  bool operator==(const topic_config &) const = default;
};

std::string encode(const topic_config &t);
outcome decode(std::string_view text, topic_config *out);

struct topic_config_table {
  data_version version;
  std::map<std::string, topic_config, std::less<>> topics;

  bool operator==(const topic_config_table &) const = default;
};

std::string encode(const topic_config_table &t);
std::string encode_file(const topic_config_table &t);
outcome decode(std::string_view text, topic_config_table *out);

// The line form used inside compressed registrations: "name read write perm SINGLE_TAG".
std::string encode_line(const topic_config &t);
outcome decode_line(std::string_view line, topic_config *out);

}  // namespace stn::protocol
