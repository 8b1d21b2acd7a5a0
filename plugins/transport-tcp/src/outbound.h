// outbound.h - connections that we open ourselves, and requests of our own from any thread.
#pragma once

#include "io_shard.h"

namespace stn::transport_tcp {

// The functions of stn.transport/1 behind their C table; `shard` owns the new connection.
stn_status open_connection(io_shard *shard, stn_str address, uint64_t timeout_ns, uint64_t user,
                           const stn_sink *k,
                           stn_error *err);  // [any]
stn_status call(stn_conn *c, const stn_call *q, uint64_t user, const stn_sink *k,
                stn_error *err);                               // [any]
void push(stn_conn *const *c, uint32_t n, const stn_call *q);  // [any]
void close_connection(stn_conn *c);                            // [any]

}  // namespace stn::transport_tcp
