// stanchion/protocol/headers/client.h - typed headers about clients and groups: 35, 38, 40, 203, 204, 307.
//
// Heartbeats (34) and queue locks (41, 42) have no header, only a body. Rules of decode() and append_to():
// headers/send.h. [any]
#pragma once

#include <string_view>

#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct unregister_client_header {  // 35
  std::string_view client_id;
  std::string_view producer_group;  // data() == nullptr: absent
  std::string_view consumer_group;
};
outcome decode(field_span fields, unregister_client_header *out);
void append_to(const unregister_client_header &h, field_writer *out);

struct consumer_group_header {  // 38, 40 (broker to consumer), 203
  std::string_view consumer_group;
};
outcome decode(field_span fields, consumer_group_header *out);
void append_to(const consumer_group_header &h, field_writer *out);

struct producer_group_header {  // 204
  std::string_view producer_group;
};
outcome decode(field_span fields, producer_group_header *out);
void append_to(const producer_group_header &h, field_writer *out);

struct consumer_running_info_header {  // 307
  std::string_view consumer_group;
  std::string_view client_id;
  bool jstack = false;
};
outcome decode(field_span fields, consumer_running_info_header *out);
void append_to(const consumer_running_info_header &h, field_writer *out);

}  // namespace stn::protocol
