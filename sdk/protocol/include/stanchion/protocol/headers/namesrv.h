// stanchion/protocol/headers/namesrv.h - typed headers of the name server: 100-105, 205, 216, 219, 224, 322, 327.
//
// Rules of decode() and append_to(): headers/send.h. [any]
#pragma once

#include <cstdint>
#include <string_view>

#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct register_broker_header {  // 103
  std::string_view broker_name;
  std::string_view broker_addr;
  std::string_view cluster_name;
  std::string_view ha_server_addr;
  int64_t broker_id = 0;
  bool compressed = false;
  uint32_t body_crc32 = 0;  // 0: not checked
};
outcome decode(field_span fields, register_broker_header *out);
void append_to(const register_broker_header &h, field_writer *out);

struct register_broker_reply_header {
  std::string_view ha_server_addr;  // data() == nullptr: left out
  std::string_view master_addr;
};
outcome decode(field_span fields, register_broker_reply_header *out);
void append_to(const register_broker_reply_header &h, field_writer *out);

struct broker_identity_header {  // 104, 322
  std::string_view broker_name;
  std::string_view broker_addr;
  std::string_view cluster_name;
  int64_t broker_id = 0;
};
outcome decode(field_span fields, broker_identity_header *out);
void append_to(const broker_identity_header &h, field_writer *out);

struct query_data_version_reply_header {  // answer to 322
  bool changed = false;
};
outcome decode(field_span fields, query_data_version_reply_header *out);
void append_to(const query_data_version_reply_header &h, field_writer *out);

struct route_header {  // 105
  std::string_view topic;
  bool standard_json_only = false;
};
outcome decode(field_span fields, route_header *out);
void append_to(const route_header &h, field_writer *out);

struct kv_header {  // 100: all three; 101, 102: namespace and key; 219: namespace
  std::string_view name_space;
  std::string_view key;
  std::string_view value;
};
outcome decode_put_kv(field_span fields, kv_header *out);
outcome decode_kv_key(field_span fields, kv_header *out);
outcome decode_kv_namespace(field_span fields, kv_header *out);
void append_to(const kv_header &h, field_writer *out);

struct kv_reply_header {  // answer to 101
  std::string_view value;
};
outcome decode(field_span fields, kv_reply_header *out);
void append_to(const kv_reply_header &h, field_writer *out);

struct broker_name_header {  // 205, 327
  std::string_view broker_name;
};
outcome decode(field_span fields, broker_name_header *out);
void append_to(const broker_name_header &h, field_writer *out);

struct wipe_write_perm_reply_header {  // answer to 205
  int32_t wiped_topics = 0;
};
outcome decode(field_span fields, wipe_write_perm_reply_header *out);
void append_to(const wipe_write_perm_reply_header &h, field_writer *out);

struct add_write_perm_reply_header {  // answer to 327
  int32_t added_topics = 0;
};
outcome decode(field_span fields, add_write_perm_reply_header *out);
void append_to(const add_write_perm_reply_header &h, field_writer *out);

struct delete_topic_in_namesrv_header {  // 216
  std::string_view topic;
  std::string_view cluster_name;  // data() == nullptr: every cluster
};
outcome decode(field_span fields, delete_topic_in_namesrv_header *out);
void append_to(const delete_topic_in_namesrv_header &h, field_writer *out);

struct cluster_header {  // 224
  std::string_view cluster;
};
outcome decode(field_span fields, cluster_header *out);
void append_to(const cluster_header &h, field_writer *out);

}  // namespace stn::protocol
