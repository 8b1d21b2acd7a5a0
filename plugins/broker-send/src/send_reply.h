// send_reply.h - from completions of the store to answers, a batch at a time.
//
// What an answer needs beside the completion waits in the request's own area: nothing is allocated for a message (a
// client batch of several messages keeps its ids in a string). The object must outlive its last completion. [any]
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "context.h"
#include "stanchion/request.h"

namespace stn::broker_send {

// Lives in stn_req.area between append and answer.
struct [[gnu::may_alias]] waiting_send {
  const stn_req_ops *ops;
  std::string *ids;      // of a client batch, once the first of its messages is stored
  int64_t first_offset;  // of a client batch
  int32_t queue;         // as told to the client
  uint32_t stored;       // messages of a client batch so far
  stn_status worst;      // of these: STN_OK or STN_E_TIMEOUT
};
static_assert(sizeof(waiting_send) <= sizeof(stn_req::area));

inline waiting_send *waiting_of(stn_req *r) { return reinterpret_cast<waiting_send *>(r->area); }

// The answer to an append that did not store the message.
refusal failed_append(const context &c, stn_status why);

// Counts what the store has not completed yet. [any]
class pending_appends {
 public:
  explicit pending_appends(const context &c) : context_(c) {}
  void add(uint32_t n) { n_.fetch_add(n, std::memory_order_relaxed); }
  void finish(uint32_t n);
  // Waits until nothing is pending; false when deadline_ns (monotonic) passes first. [ctrl]
  bool wait_idle(uint64_t deadline_ns);

 private:
  const context &context_;
  std::atomic<uint64_t> n_{0};
  std::mutex mutex_;  // guards nothing but the waiting itself
  std::condition_variable idle_;
};

class send_replies {
 public:
  explicit send_replies(context &c);
  send_replies(const send_replies &) = delete;

  const stn_sink *sink() const { return &sink_; }
  // What was submitted with this sink; the caller adds before the append.
  pending_appends &pending() { return pending_; }

  // Refuses n requests, each with its own sentence.
  void refuse(const stn_req_ops *ops, stn_req *const *r, const refusal *why, uint32_t n);

 private:
  void complete(const stn_cqe *v, uint32_t n);

  context &context_;
  stn_sink sink_;
  pending_appends pending_;
};

}  // namespace stn::broker_send
