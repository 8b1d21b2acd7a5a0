// send_back_record.h - the copy of a stored message that goes to a group's retry topic or to its dead letters.
//
// Body, flags, born time and host are those of the stored message; properties are rewritten. [any]
#pragma once

#include <cstdint>
#include <string>

#include "context.h"
#include "stanchion/protocol/message_record.h"

namespace stn::broker_send {

// What decides between another try and the dead letters.
struct send_back_rules {
  int32_t delay_level;    // asked for by the consumer: < 0 gives up, 0 = by the number of tries
  int32_t max_reconsume;  // tries after which the message is given up
};
bool is_given_up(const protocol::record_view &message, const send_back_rules &rules);

// Delay level of the next try of a message that is not given up.
int32_t next_delay_level(const protocol::record_view &message, const send_back_rules &rules);

// Properties of the copy; delay_level 0 = none. Traces of an earlier delay are left out, the delay hook writes new ones.
std::string send_back_properties(const protocol::record_view &message, int32_t delay_level);

// The copy for queue `queue` of topic number `topic`. It points into message, properties and identity.
stn_append send_back_record(const context &c, const protocol::record_view &message,
                            const std::string &properties, uint32_t topic, int32_t queue);

}  // namespace stn::broker_send
