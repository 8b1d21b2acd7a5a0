// send_check.h - may this message be stored, and in which topic? The checks, in the order and with the codes of 4.9.
//
// A batch holds runs of messages to one topic; what depends on the topic alone is decided once per run. Nothing here
// waits; remarks are made on refusal only. [io]
#pragma once

#include <string_view>

#include "context.h"
#include "stanchion/protocol/headers/send.h"
#include "stanchion/request.h"

namespace stn::broker_send {

// Neighbouring messages of a batch that name the same topic.
struct topic_run {
  std::string_view name;
  stn_topic topic;  // as looked up; after settle_topic as found or made
  refusal why;      // refuses the whole run
};

// Checks name and permission of the run's topic and makes the topic if that is allowed. `first` is the header of the
// run's first message: its default topic is the template.
void settle_topic(const context &c, const protocol::send_header &first, topic_run *run);

// Queue id of one message against its topic.
refusal check_queue(const protocol::send_header &h, const topic_run &run, std::string_view peer);

// Where one message really goes.
struct destination {
  uint32_t topic;
  int32_t queue;
  bool dead_letter;  // the retries are used up: stored at once, without delay
};

// A consumer's own send to its retry topic: group must exist; used-up retries go to the dead letters. *to comes filled
// with the request's topic and queue.
refusal redirect_retry(const context &c, const protocol::send_header &h, uint16_t peer_version,
                       destination *to);

}  // namespace stn::broker_send
