// topic_handlers.h - administration of topics: 17 and 215 change them, 21, 202, 305, 351 read them.
//
// Each function turns one request into an answer; bad input is an answer with a code. Those that change return the
// generation of the table besides: the answer is due once the name servers know it, so that a route asked for right
// after the answer is there. [worker] for 17, 202, 215 (disk), [io] for the others.
#pragma once

#include <cstdint>
#include <functional>

#include "identity.h"
#include "stanchion/ext/store.h"
#include "stanchion/protocol/bodies/topic_config.h"
#include "stanchion/request.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/host.h"
#include "topic_table.h"

namespace stn::broker_topics {

struct change_answer {
  answer reply;
  uint64_t generation = 0;  // 0: nothing changed, answer at once
};

struct topic_handlers {
  topic_table &table;
  iface<stn_store_api> store;
  const identity &self;
  host log;
  std::function<status()> save;  // topics.json is on disk when it returns OK

  change_answer create(const stn_req_view &q) const;
  answer remove(const stn_req_view &q) const;
  answer all(const stn_req_view &q) const;
  answer stats(const stn_req_view &q) const;
  answer system_list(const stn_req_view &q) const;
  answer one(const stn_req_view &q) const;

 private:
  answer refuse(std::string_view topic) const;
  change_answer put(const std::vector<protocol::topic_config> &topics) const;
  int64_t stored_at(uint32_t topic, int32_t queue, int64_t offset) const;
};

}  // namespace stn::broker_topics
