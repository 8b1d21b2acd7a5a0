// stanchion/protocol/headers/admin.h - typed headers of broker administration: 17, 202, 207, 208, 215, 222, 300.
//
// Rules of decode() and append_to(): headers/send.h. [any]
#pragma once

#include <cstdint>
#include <string_view>

#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct create_topic_header {  // 17
  std::string_view topic;
  std::string_view default_topic;
  int32_t read_queues = 0;
  int32_t write_queues = 0;
  int32_t perm = 0;
  std::string_view filter_type;  // SINGLE_TAG or MULTI_TAG
  int32_t sys_flag = 0;
  bool order = false;
};
outcome decode(field_span fields, create_topic_header *out);
void append_to(const create_topic_header &h, field_writer *out);

struct topic_header {  // 202, 215, 217, 300, 351
  std::string_view topic;
};
outcome decode(field_span fields, topic_header *out);
void append_to(const topic_header &h, field_writer *out);

struct delete_group_header {  // 207
  std::string_view group_name;
  bool clean_offset = false;  // removeOffset of 4.9 and cleanOffset of 5.x, either
};
outcome decode(field_span fields, delete_group_header *out);
void append_to(const delete_group_header &h, field_writer *out);

struct consume_stats_header {  // 208
  std::string_view consumer_group;
  std::string_view topic;  // data() == nullptr: all topics of the group
};
outcome decode(field_span fields, consume_stats_header *out);
void append_to(const consume_stats_header &h, field_writer *out);

struct reset_offset_header {  // 222
  std::string_view topic;
  std::string_view group;
  int64_t timestamp_ms = 0;
  bool force = false;
};
outcome decode(field_span fields, reset_offset_header *out);
void append_to(const reset_offset_header &h, field_writer *out);

}  // namespace stn::protocol
