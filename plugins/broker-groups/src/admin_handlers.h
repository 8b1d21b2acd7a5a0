// admin_handlers: the answers to administration of groups: settings and who is connected (200, 201, 203, 204, 207, 328,
// 352). Thread: [any].
#pragma once

#include "group_state.h"

namespace stn::broker_groups {

answer put_group(group_state &s, const stn_req_view &q);             // 200
answer all_groups(group_state &s, const stn_req_view &q);            // 201
answer consumer_connections(group_state &s, const stn_req_view &q);  // 203
answer producer_connections(group_state &s, const stn_req_view &q);  // 204
answer delete_group(group_state &s, const stn_req_view &q);          // 207
answer all_producers(group_state &s, const stn_req_view &q);         // 328
answer group_settings(group_state &s, const stn_req_view &q);        // 352

}  // namespace stn::broker_groups
