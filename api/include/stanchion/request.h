/* stanchion/request.h - a decoded request, its answer, and the router between transports and processors.
 *
 * What one request costs (docs/adr has the count): the transport decodes every whole frame of one read and dispatches
 * them as one batch; the router cuts the batch where code or scope change and calls the processor on the same thread.
 * A request is a reply handle (stn_req) and a view. The handle lives until it is answered. The view lives until handle()
 * returns, unless keep() copied it.
 */
#ifndef STANCHION_REQUEST_H
#define STANCHION_REQUEST_H

#include "stanchion/abi.h"
#include "stanchion/host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stn_conn stn_conn; /* a connection, defined by its transport */

/* Reply handle. The processor owns `area` between handle() and the answer (zeroed before handle()); what the transport
 * keeps behind it is private. Answered exactly once, with respond_n or reject_n, which free it. */
typedef struct stn_req {
  uint64_t area[8];
} stn_req;

#define STN_REQ_ONEWAY 1u /* the peer wants no answer: answers are dropped by the transport */

typedef struct stn_req_view {
  uint32_t size;
  uint32_t flags; /* STN_REQ_* */
  int32_t code;
  int32_t opaque;
  uint16_t language; /* language byte of the wire protocol */
  uint16_t version;  /* version ordinal of the peer */
  uint32_t scope;    /* number of the listener's scope, from stn_router_api.scope */
  const stn_kv *fields;
  uint32_t n_fields;
  uint32_t reserved;
  stn_str remark;
  stn_slice body;
  stn_conn *conn;      /* (borrow) until the answer; conn_retain to keep it longer */
  uint64_t conn_id;    /* never 0, never reused in a process */
  stn_slice born_host; /* the peer's address as stored in messages: 4 or 16 bytes of IP, 4 bytes of port, big-endian */
  stn_str peer;        /* "10.0.0.7:53112" */
} stn_req_view;

/* An answer. FROZEN */
typedef struct stn_resp {
  int32_t code;
  uint32_t n_fields;
  stn_str remark;         /* data NULL = none */
  const stn_kv *fields;   /* values are written as they are, escaped where the header form needs it */
  const stn_bslice *body; /* written in this order; one share of each owner moves to the transport, also on failure */
  uint32_t n_body;
  uint32_t flags; /* zero */
} stn_resp;

typedef struct stn_req_ops {
  stn_hdr h;
  /* Answers n requests and frees them. Everything but body owners is (borrow). On the batch's home thread the bytes go
   * out in one gathered write per connection when the thread has finished its turn; from elsewhere they are handed over
   * with one wake-up for the call. A request whose connection is gone is freed quietly. */
  void (*respond_n)(stn_req *const *r, const stn_resp *v, uint32_t n); /* [any] */
  /* Answers with the transport's own form of a refusal: STN_E_UNSUPPORTED (no such code), STN_E_BUSY, STN_E_CLOSED,
   * STN_E_INTERNAL. */
  void (*reject_n)(stn_req *const *r, uint32_t n, stn_status why); /* [any] */
  /* Copies the view so that it lives until the answer; once per request, during handle() or dispatch(). NULL: no memory. */
  const stn_req_view *(*keep)(stn_req *r); /* [io] (own-out) freed with the request */
} stn_req_ops;

/* Requests of one connection or of several, all of one transport. */
typedef struct stn_req_batch {
  uint32_t size;
  uint32_t n; /* 1 .. STN_BATCH_MAX */
  const stn_req_ops *ops;
  stn_req *const *req;             /* (borrow) the array; the handles are (move) */
  const stn_req_view *const *view; /* (borrow) */
  stn_exec *home;                  /* I/O executor that owns the connections; `blocking` for a blocking route */
} stn_req_batch;
#define STN_BATCH_MAX 256u

/* ---------------------------------------------------------------- processors: "stn.processor/1" */

#define STN_ROUTE_BLOCKING 1u /* handle() may wait: the router runs it on `blocking`, one request a time */
#define STN_ROUTE_EXACT 2u    /* not for sub-scopes: "broker" does not serve "broker.fast" */

/* A route serves one request code on listeners of scope `scope` and of its sub-scopes "scope.*". FROZEN */
typedef struct stn_route {
  int32_t code;
  uint32_t flags;    /* STN_ROUTE_* */
  const char *scope; /* (static) */
} stn_route;

#define STN_CONN_OPENED 1
#define STN_CONN_CLOSED 2

#define STN_PROCESSOR_ID "stn.processor/1"
typedef struct stn_processor_api {
  stn_hdr h;
  /* The plugin's routes; two plugins with the same code and scope are a configuration error. */
  stn_status (*routes)(void *self, const stn_route **v, uint32_t *n); /* [ctrl] (static) */
  /* A run of requests with equal code and scope. Answers all of them, now or later. */
  void (*handle)(void *self, const stn_req_batch *b); /* [io] b->home's thread, [worker] for STN_ROUTE_BLOCKING */
  /* A connection came or went; what = STN_CONN_*. After CLOSED its requests may still be answered, without effect. */
  void (*on_conn)(void *self, stn_conn *c, uint64_t conn_id, uint32_t scope, int32_t what); /* [io] the connection's thread; may be NULL */
} stn_processor_api;

/* ---------------------------------------------------------------- router: "stn.host.router/1" */

#define STN_ROUTER_ID "stn.host.router/1"
typedef struct stn_router_api {
  stn_hdr h;
  /* Number of a scope name; the same name gives the same number. From init on. */
  stn_status (*scope)(void *self, stn_str name, uint32_t *out); /* [ctrl] */
  /* Takes the handles of the batch; refuses what has no route (STN_E_UNSUPPORTED) or no room (STN_E_BUSY). */
  void (*dispatch)(void *self, const stn_req_batch *b); /* [io] b->home's thread */
  void (*conn_event)(void *self, stn_conn *c, uint64_t conn_id, uint32_t scope, int32_t what); /* [io] the connection's thread */
} stn_router_api;

STN_STATIC_ASSERT(sizeof(stn_req) == 64, "stn_req");
STN_STATIC_ASSERT(sizeof(stn_resp) == 48, "stn_resp");
STN_STATIC_ASSERT(sizeof(stn_route) == 16, "stn_route");

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_REQUEST_H */
