// stanchion/protocol/headers/send.h - typed headers of producers: send (10, 310, 320, 324, 325) and end transaction (37).
//
// decode() makes one pass over the fields. Unknown fields are ignored, the last of equal names wins. Failures name the
// field: missing_field, bad_number; *out is then partly filled. Views point into the fields. append_to() adds the fields
// in the order of the stock peer (absent text is left out). [any]
#pragma once

#include <cstdint>
#include <string_view>

#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct send_header {
  std::string_view producer_group;
  std::string_view topic;
  std::string_view default_topic;
  int32_t default_topic_queues = 0;
  int32_t queue_id = 0;
  int32_t sys_flag = 0;
  int64_t born_ms = 0;
  int32_t flag = 0;
  std::string_view properties;  // data() == nullptr: absent
  int32_t reconsume_times = 0;
  bool unit_mode = false;
  bool batch = false;
  int32_t max_reconsume_times = -1;  // -1: absent
  std::string_view broker_name;      // short form only
};
// Long names: 10, 324.
outcome decode(field_span fields, send_header *out);
// Single letters: 310, 320, 325.
outcome decode_v2(field_span fields, send_header *out);
void append_to(const send_header &h, field_writer *out);
void append_to_v2(const send_header &h, field_writer *out);

// The answer to a send.
struct send_reply_header {
  int32_t queue_id = 0;
  std::string_view trace_on = "true";  // data() == nullptr: left out
  std::string_view msg_region = "DefaultRegion";
  std::string_view msg_id;
  int64_t queue_offset = 0;
  std::string_view transaction_id;
};
// Mandatory in a reply: msgId, queueId, queueOffset.
outcome decode(field_span fields, send_reply_header *out);
void append_to(const send_reply_header &h, field_writer *out);
// A refused send carries TRACE_ON and MSG_REGION only.
void append_send_failure_to(std::string_view msg_region, std::string_view trace_on,
                            field_writer *out);

struct send_back_header {  // 36
  int64_t offset = 0;      // position in the commit log
  std::string_view group;
  int32_t delay_level = 0;
  std::string_view origin_msg_id;
  std::string_view origin_topic;
  bool unit_mode = false;
  int32_t max_reconsume_times = -1;  // -1: absent
};
outcome decode(field_span fields, send_back_header *out);
void append_to(const send_back_header &h, field_writer *out);

struct end_transaction_header {  // 37
  std::string_view producer_group;
  int64_t transaction_state_offset = 0;  // queue offset of the half message
  int64_t commit_log_offset = 0;
  int32_t commit_or_rollback = 0;  // as k_msg_trans_*
  bool from_check = false;
  std::string_view msg_id;
  std::string_view transaction_id;
};
outcome decode(field_span fields, end_transaction_header *out);
void append_to(const end_transaction_header &h, field_writer *out);

struct check_transaction_header {  // 39, broker to producer
  int64_t transaction_state_offset = 0;
  int64_t commit_log_offset = 0;
  std::string_view msg_id;
  std::string_view transaction_id;
  std::string_view offset_msg_id;
};
outcome decode(field_span fields, check_transaction_header *out);
void append_to(const check_transaction_header &h, field_writer *out);

}  // namespace stn::protocol
