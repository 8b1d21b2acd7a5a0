// stanchion/protocol/headers/offset.h - typed headers about offsets: 14, 15, 29, 30, 31, 32.
//
// Rules of decode() and append_to(): headers/send.h. [any]
#pragma once

#include <cstdint>
#include <string_view>

#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct query_consumer_offset_header {  // 14
  std::string_view consumer_group;
  std::string_view topic;
  int32_t queue_id = 0;
  bool zero_if_not_found = true;  // 5.x; absent: true
};
outcome decode(field_span fields, query_consumer_offset_header *out);
void append_to(const query_consumer_offset_header &h, field_writer *out);

struct update_consumer_offset_header {  // 15
  std::string_view consumer_group;
  std::string_view topic;
  int32_t queue_id = 0;
  int64_t commit_offset = 0;
};
outcome decode(field_span fields, update_consumer_offset_header *out);
void append_to(const update_consumer_offset_header &h, field_writer *out);

struct queue_header {  // 30 (max), 31 (min), 32 (earliest store time)
  std::string_view topic;
  int32_t queue_id = 0;
};
outcome decode(field_span fields, queue_header *out);
void append_to(const queue_header &h, field_writer *out);

struct search_offset_header {  // 29
  std::string_view topic;
  int32_t queue_id = 0;
  int64_t timestamp_ms = 0;
  std::string_view boundary_type;  // 5.x: "lower" or "upper"
};
outcome decode(field_span fields, search_offset_header *out);
void append_to(const search_offset_header &h, field_writer *out);

struct offset_reply_header {  // answers to 14, 29, 30, 31
  int64_t offset = 0;
};
outcome decode(field_span fields, offset_reply_header *out);
void append_to(const offset_reply_header &h, field_writer *out);

struct timestamp_reply_header {  // answer to 32
  int64_t timestamp_ms = 0;
};
outcome decode(field_span fields, timestamp_reply_header *out);
void append_to(const timestamp_reply_header &h, field_writer *out);

}  // namespace stn::protocol
