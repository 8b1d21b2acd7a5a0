// send_record.h - a send request as a record for the store. Copies nothing: slices point into the request. [io]
#pragma once

#include "context.h"
#include "send_check.h"
#include "stanchion/protocol/headers/send.h"
#include "stanchion/request.h"

namespace stn::broker_send {

// What the message asked for beyond being stored; the put hooks have to serve it.
struct special_wishes {
  bool delay;
  bool transaction;
};

// Fills *out and *wishes. Refuses bodies and properties over the limits, and client batches that ask for a delay or a
// transaction. `user` is left to the caller.
refusal make_record(const context &c, const protocol::send_header &h, const stn_req_view &view,
                    const destination &to, stn_append *out, special_wishes *wishes);

// The answer to messages that are too large in one way or another.
refusal illegal_message(const context &c);

// After the hooks: is a wish left that nobody serves? Half messages must not become visible, nor delayed ones at once.
refusal check_wishes(const special_wishes &wishes, uint32_t topic_before, const stn_append &record);

}  // namespace stn::broker_send
