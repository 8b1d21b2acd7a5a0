// client_handlers: the answers to what clients ask on their own: heartbeats, leaving, member lists, queue locks, checks
// of subscriptions (34, 35, 38, 41, 42, 46). Thread: [any].
#pragma once

#include "group_state.h"

namespace stn::broker_groups {

answer heartbeat(group_state &s, const stn_req_view &q);            // 34
answer unregister_client(group_state &s, const stn_req_view &q);    // 35
answer consumer_ids(group_state &s, const stn_req_view &q);         // 38
answer lock_queues(group_state &s, const stn_req_view &q);          // 41
answer unlock_queues(group_state &s, const stn_req_view &q);        // 42
answer check_client_config(group_state &s, const stn_req_view &q);  // 46

// The connection is gone: its client leaves all groups. [io]
void connection_closed(group_state &s, uint64_t conn_id);
// Removes clients that have not been heard of since timeout_ms, closes their connections, drops expired locks. [io]
void sweep(group_state &s, int64_t timeout_ms);

}  // namespace stn::broker_groups
