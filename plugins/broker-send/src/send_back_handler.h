// send_back_handler.h - code 36: a consumer could not process a message and wants it again later.
//
// The message is read from the log, so this runs where it may wait. The consumer is told when the copy is stored: its
// offset moves on then, and the message must not get lost. [worker]
#pragma once

#include <cstdint>
#include <string>

#include "context.h"
#include "send_reply.h"
#include "stanchion/protocol/headers/send.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/request.h"

namespace stn::broker_send {

class send_back_handler {
 public:
  explicit send_back_handler(context &c);
  send_back_handler(const send_back_handler &) = delete;

  // b: requests of code 36, on the executor `blocking`.
  void handle(const stn_req_batch *b);
  // As send_replies::wait_idle. [ctrl]
  bool wait_idle(uint64_t deadline_ns) { return pending_.wait_idle(deadline_ns); }

 private:
  // A queue to store the copy in.
  struct target {
    std::string name;
    uint32_t topic;
    int32_t queue;
  };

  // Answers the request unless the answer comes with the completion of an append.
  void handle_one(const stn_req_ops *ops, stn_req *r, const stn_req_view &view);
  refusal find_retry_queue(const std::string &group, int32_t queues, target *out);
  refusal find_dead_letters(const std::string &group, target *out);
  refusal store_copy(const stn_req_ops *ops, stn_req *r, const stn_req_view &view,
                     const protocol::send_back_header &h, const stn_group &group, target to);
  refusal submit(const stn_req_ops *ops, stn_req *r, const stn_req_view &view, stn_append *record,
                 bool delayed);
  void complete(const stn_cqe *v, uint32_t n);

  context &context_;
  stn_sink sink_;
  pending_appends pending_;
};

}  // namespace stn::broker_send
