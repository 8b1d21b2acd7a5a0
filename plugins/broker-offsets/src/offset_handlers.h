// offset_handlers: the answers to requests about offsets (14, 15, 29, 30, 31, 32, 43, 208).
//
// Unknown topics are no error: the original answers with the offsets of an empty queue, and so do we, without making one.
// Thread: [any]; search_by_time, earliest_time, consume_stats and all_offsets read cold data: [worker] only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "offset_table.h"
#include "stanchion/ext/store.h"
#include "stanchion/ext/topics.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_offsets {

class offset_handlers {
 public:
  offset_handlers(offset_table *table, iface<stn_store_api> store, iface<stn_topics_api> topics)
      : table_(table), store_(store), topics_(topics) {}

  answer query(const stn_req_view &q) const;           // 14
  answer update(const stn_req_view &q) const;          // 15
  answer search_by_time(const stn_req_view &q) const;  // 29
  answer max_offset(const stn_req_view &q) const;      // 30
  answer min_offset(const stn_req_view &q) const;      // 31
  answer earliest_time(const stn_req_view &q) const;   // 32
  answer all_offsets(const stn_req_view &q) const;     // 43
  answer consume_stats(const stn_req_view &q) const;   // 208

 private:
  stn_topic topic(std::string_view name) const;
  // {0, 0} for a topic or queue that does not exist.
  stn_queue_info info(const stn_topic &t, int32_t queue) const;
  // Store time of the message at an offset of a queue; -1 if there is none.
  int64_t store_time(const stn_topic &t, int32_t queue, int64_t offset) const;

  offset_table *table_;
  iface<stn_store_api> store_;
  iface<stn_topics_api> topics_;
};

}  // namespace stn::broker_offsets
