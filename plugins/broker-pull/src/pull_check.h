// pull_check.h - from a pull request to a read: the checks, in the order and with the codes of 4.9.
//
// Neighbouring requests of a batch mostly come from one consumer: group and topic are looked up once per run. Remarks
// are made on refusal only. Thread: the I/O thread that owns the cache.
#pragma once

#include "context.h"
#include "filter_cache.h"
#include "pull_read.h"
#include "stanchion/protocol/headers/pull.h"
#include "stanchion/request.h"

namespace stn::broker_pull {

class pull_check {
 public:
  pull_check(const context &c, filter_cache &filters) : context_(c), filters_(filters) {}

  // Forgets the last group and topic: their names live as long as the batch they came with.
  void begin_batch() { group_name_ = topic_name_ = {}; }

  // Fills *out but for req, ops and conn_id, and commits the offset that rides along. now_ns: monotonic.
  refusal check(const stn_req_view &view, uint64_t now_ns, pull_read *out);

 private:
  refusal check_group(const protocol::pull_header &h);
  refusal check_topic(const protocol::pull_header &h, const stn_req_view &view);
  refusal find_filter(const protocol::pull_header &h, filter_ref *out);
  refusal find_subscribed_filter(const protocol::pull_header &h, filter_ref *out);

  const context &context_;
  filter_cache &filters_;
  std::string_view group_name_;
  std::string_view topic_name_;
  stn_status group_status_ = STN_OK;
  stn_group group_{};
  stn_topic topic_{};
};

}  // namespace stn::broker_pull
