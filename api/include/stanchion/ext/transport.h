/* stanchion/ext/transport.h - "stn.transport/1": listeners, connections, requests of our own to peers.
 *
 * Requests of peers do not come through here: a transport hands them to the kernel's router (stanchion/request.h).
 */
#ifndef STANCHION_EXT_TRANSPORT_H
#define STANCHION_EXT_TRANSPORT_H

#include "stanchion/request.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stn_listener {
  uint32_t size;
  uint32_t reserved;
  stn_str name;    /* as configured */
  stn_str scope;   /* as configured */
  stn_str address; /* bound "ip:port"; a port 0 of the configuration is the real port here */
} stn_listener;

/* A request to a peer. */
typedef struct stn_call {
  uint32_t size;
  int32_t code;
  const stn_kv *fields;
  uint32_t n_fields;
  uint32_t n_body;
  const stn_slice *body; /* (borrow), copied */
  uint64_t timeout_ns;   /* for the answer; unused by push */
} stn_call;

/* The answer to a call, cqe.obj; (borrow) until the sink returns. */
typedef struct stn_answer {
  uint32_t size;
  int32_t code;
  const stn_kv *fields;
  uint32_t n_fields;
  uint16_t version;
  uint16_t reserved;
  stn_str remark;
  stn_slice body;
} stn_answer;

#define STN_TRANSPORT_ID "stn.transport/1"
typedef struct stn_transport_api {
  stn_hdr h;
  /* The i-th listener; STN_E_NOT_FOUND behind the last. Addresses are known once the transport has started. */
  stn_status (*listener)(void *self, uint32_t i, stn_listener *out); /* [any] strings (static) */
  /* Opens a connection to "host:port" owned by I/O executor `home`. cqe.obj = stn_conn (own-out), status STN_E_TIMEOUT
   * or STN_E_IO on failure. Completes on home. */
  stn_status (*connect)(void *self, stn_str address, uint64_t timeout_ns, stn_exec *home, uint64_t user, const stn_sink *k,
                        stn_error *err); /* [any] */
  /* Sends a request; completes on the connection's thread with cqe.obj = stn_answer, or STN_E_TIMEOUT, STN_E_CLOSED. */
  stn_status (*call)(stn_conn *c, const stn_call *q, uint64_t user, const stn_sink *k, stn_error *err); /* [any] */
  /* One-way request to each of n connections; those that are closed are passed over. */
  void (*push)(stn_conn *const *c, uint32_t n, const stn_call *q); /* [any] */
  void (*conn_retain)(stn_conn *c);                                /* [any] keeps the handle, not the socket */
  void (*conn_release)(stn_conn *c);                               /* [any] */
  void (*conn_close)(stn_conn *c);                                 /* [any] what was answered before still goes out */
} stn_transport_api;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_TRANSPORT_H */
