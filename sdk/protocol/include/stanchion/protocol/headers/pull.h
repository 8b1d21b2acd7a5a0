// stanchion/protocol/headers/pull.h - typed headers of reading messages: pull (11, 361), view (33), query (12).
//
// Rules of decode() and append_to(): headers/send.h. [any]
#pragma once

#include <cstdint>
#include <string_view>

#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct pull_header {
  std::string_view consumer_group;
  std::string_view topic;
  int32_t queue_id = 0;
  int64_t queue_offset = 0;
  int32_t max_msgs = 0;
  int32_t sys_flag = 0;  // k_pull_*
  int64_t commit_offset = 0;
  int64_t suspend_ms = 0;
  std::string_view subscription;  // data() == nullptr: absent
  int64_t sub_version = 0;
  std::string_view expression_type;  // absent or empty: TAG
  int32_t max_msg_bytes = -1;        // 5.x; -1: absent
};
outcome decode(field_span fields, pull_header *out);
void append_to(const pull_header &h, field_writer *out);

struct pull_reply_header {
  int64_t suggest_broker_id = 0;
  int64_t next_begin_offset = 0;
  int64_t max_offset = 0;
  int64_t min_offset = 0;
};
outcome decode(field_span fields, pull_reply_header *out);
void append_to(const pull_reply_header &h, field_writer *out);

struct view_message_header {  // 33
  int64_t offset = 0;
};
outcome decode(field_span fields, view_message_header *out);
void append_to(const view_message_header &h, field_writer *out);

struct query_message_header {  // 12
  std::string_view topic;
  std::string_view key;
  int32_t max_num = 0;
  int64_t begin_ms = 0;
  int64_t end_ms = 0;
  bool unique_key = false;  // the key is a UNIQ_KEY
};
outcome decode(field_span fields, query_message_header *out);
void append_to(const query_message_header &h, field_writer *out);

struct query_message_reply_header {
  int64_t index_last_update_ms = 0;
  int64_t index_last_update_phys = 0;
};
outcome decode(field_span fields, query_message_reply_header *out);
void append_to(const query_message_reply_header &h, field_writer *out);

}  // namespace stn::protocol
