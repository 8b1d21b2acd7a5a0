/* stanchion/ext/store.h - "stn.store/1": the commit log and its queues.
 *
 * Topics are interned once; hot calls carry integers. Offsets: `phys` is a byte position in the commit log, `offset` an
 * index in one queue. With sync flush nothing is visible (fetch, queue_info, watch) before it is on disk.
 */
#ifndef STANCHION_EXT_STORE_H
#define STANCHION_EXT_STORE_H

#include "stanchion/ext/filter.h"
#include "stanchion/host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- append */

#define STN_APPEND_BATCH 1u   /* body is a client batch (wire format 5.5): its messages go to one queue, consecutively */
#define STN_APPEND_NO_WAIT 2u /* complete without waiting for the disk */

#define STN_APPEND_PROPS 8u

/* One message to append. The store encodes the record, computes CRC and tag hash and assigns offsets. FROZEN */
typedef struct stn_append {
  uint64_t user;    /* comes back in the cqe */
  uint32_t topic;   /* from intern */
  int32_t queue;    /* >= 0 */
  int32_t sysflag;
  int32_t flag;
  int64_t born_ms;
  stn_slice born_host;  /* 8 or 20 bytes, as stored */
  stn_slice store_host; /* 8 or 20 bytes, as stored */
  stn_slice body;
  int64_t prepared_phys; /* position of the half message that this one settles, or 0 */
  int32_t reconsume;
  uint32_t flags;    /* STN_APPEND_* */
  uint32_t n_props;
  uint32_t reserved; /* zero */
  stn_slice props[STN_APPEND_PROPS]; /* concatenated as they are: the caller places the \2 between them; <= 32767 bytes */
} stn_append;

/* Completion of an append: r[0] phys, r[1] queue offset, r[2] record length in bytes, r[3] store time in ms. A client
 * batch completes once per inner message, in order, all but the last with STN_CQE_MORE; if it fails, once.
 * Status of one message: STN_E_INVALID (too large, batch malformed), STN_E_TIMEOUT (stored; the disk did not answer in
 * time), STN_E_IO (not known to be stored: the store is read-only now). */

/* ---------------------------------------------------------------- fetch */

#define STN_FETCH_NO_WAIT 1u /* answer STN_E_AGAIN rather than read cold pages */

typedef struct stn_fetch {
  uint32_t size;
  uint32_t topic;
  int32_t queue;
  uint32_t flags;     /* STN_FETCH_* */
  int64_t from;       /* queue offset */
  uint32_t max_msgs;
  uint32_t max_bytes; /* the first message is returned whatever its size */
  const stn_filter_api *filter; /* NULL = everything matches */
  const stn_matcher *matcher;
} stn_fetch;

#define STN_FETCHED_FOUND 0
#define STN_FETCHED_NO_MATCH 1      /* entries were scanned and filtered out; go on at next */
#define STN_FETCHED_REMOVED 2       /* the messages were just deleted; go on at next */
#define STN_FETCHED_NO_QUEUE 3
#define STN_FETCHED_EMPTY 4         /* the queue exists and has never held a message */
#define STN_FETCHED_BELOW_MIN 5
#define STN_FETCHED_AT_END 6        /* from == max */
#define STN_FETCHED_BEYOND 7        /* from > max */

/* Result, in arrays of the caller. Slices hold whole stored records in wire form, adjacent ones joined. Each slice comes
 * with one share of its owner (own-out), equal owners stand next to each other. */
typedef struct stn_fetched {
  uint32_t size;
  uint32_t cap;        /* in: elements of slices, at least 1; should be max_msgs */
  stn_bslice *slices;
  uint32_t n_slices;
  uint32_t n_msgs;
  int32_t outcome;     /* STN_FETCHED_* */
  uint32_t n_corrupt;  /* records left out because they fail their checks */
  int64_t next, min, max;
  uint64_t bytes;
} stn_fetched;

/* Entries of one queue as columns in arrays of the caller; any pointer may be NULL. */
typedef struct stn_entries {
  uint32_t size;
  uint32_t cap;
  uint32_t n; /* filled in */
  uint32_t reserved;
  int64_t *phys;
  uint32_t *len;
  int64_t *tag_hash; /* deliver time in ms for queues of the delay topic */
} stn_entries;

/* FROZEN */
typedef struct stn_queue_info {
  int64_t min; /* first readable offset */
  int64_t max; /* offset the next visible message will get */
} stn_queue_info;

#define STN_BOUND_LOWER 1
#define STN_BOUND_UPPER 2

/* What is looked for by key; times are store times in ms, both included. */
typedef struct stn_key_query {
  uint32_t size;
  uint32_t max;  /* records wanted */
  stn_str topic;
  stn_str key;   /* one of the message's keys, or its unique key */
  int64_t begin_ms, end_ms;
} stn_key_query;

/* Whole records in an array of the caller, the newest first; each comes with one share of its owner (own-out). */
typedef struct stn_key_found {
  uint32_t size;
  uint32_t cap; /* in: elements of records */
  stn_bslice *records;
  uint32_t n;
  uint32_t reserved;
  int64_t indexed_ms;   /* store time and position of the newest message that can be found by key; 0: none */
  int64_t indexed_phys;
} stn_key_found;

/* Messages became visible in a queue. FROZEN */
typedef struct stn_arrival {
  uint32_t topic;
  int32_t queue;
  int64_t max;      /* as stn_queue_info.max, after the arrival */
  int64_t tag_hash; /* of the newest message */
} stn_arrival;
typedef void (*stn_arrival_fn)(void *user, const stn_arrival *v, uint32_t n); /* [any] inside append or the flusher: hand over, do not call the store */

#define STN_STORE_ID "stn.store/1"
typedef struct stn_store_api {
  stn_hdr h;
  /* Number of a topic name, 1..; made on first use. The name lives until the store is destroyed. */
  stn_status (*intern)(void *self, stn_str topic, uint32_t *out, stn_error *err); /* [any] */
  stn_status (*topic_name)(void *self, uint32_t topic, stn_str *out);             /* [any] (static) */

  /* Appends n messages in order under one short lock; v and all it points at are (borrow). Completions come on I/O
   * executor `home`: before append returns when nothing has to wait and the caller is on home, else with one wake-up per
   * group commit. STN_E_BUSY: too much waits for the disk. STN_E_NO_SPACE, STN_E_IO (read-only), STN_E_CLOSED: nothing
   * accepted. */
  stn_status (*append)(void *self, const stn_append *v, uint32_t n, stn_exec *home, const stn_sink *k, stn_error *err); /* [any] */

  /* Reads from one queue. STN_E_AGAIN: not resident, repeat without NO_WAIT on `blocking`. */
  stn_status (*fetch)(void *self, const stn_fetch *q, stn_fetched *out, stn_error *err); /* [io] with NO_WAIT, else [worker] */
  /* Queue entries from offset `from` on, without messages. STN_E_RANGE below min; n = 0 at the end. */
  stn_status (*entries)(void *self, uint32_t topic, int32_t queue, int64_t from, stn_entries *out, stn_error *err); /* [worker] */
  /* The record at phys, checked; STN_E_NOT_FOUND outside the log or not at a record, STN_E_CORRUPT. */
  stn_status (*read)(void *self, int64_t phys, stn_bslice *out, stn_error *err); /* [worker] (own-out) */
  /* STN_OK with {0,0} for a queue that does not exist. */
  stn_status (*queue_info)(void *self, uint32_t topic, const int32_t *queue, uint32_t n, stn_queue_info *out); /* [any] */
  /* The entry whose store time is nearest to ms: RocketMQ 4.9's rule (before the first: the first; behind the last: the
   * last). 0 for an empty queue. */
  stn_status (*offset_by_time)(void *self, uint32_t topic, int32_t queue, int64_t ms, int64_t *out, stn_error *err); /* [worker] */
  /* Forgets the queues of a topic; the commit log keeps its records until retention. */
  stn_status (*drop_topic)(void *self, uint32_t topic, stn_error *err); /* [worker] */
  /* Calls `on` with every batch of arrivals from now on. During the caller's init(). */
  stn_status (*watch)(void *self, stn_arrival_fn on, void *user, stn_error *err); /* [ctrl] */
  /* Messages of a topic that carry a key. STN_E_UNSUPPORTED: the store keeps no index. */
  stn_status (*find_by_key)(void *self, const stn_key_query *q, stn_key_found *out, stn_error *err); /* [worker] */
  /* STN_BOUND_LOWER: the first entry stored at ms or later, max if there is none. STN_BOUND_UPPER: the last entry stored
   * at ms or earlier, 0 if there is none. 0 for a queue that does not exist. */
  stn_status (*bound_by_time)(void *self, uint32_t topic, int32_t queue, int64_t ms, int32_t bound, int64_t *out, stn_error *err); /* [worker] */
} stn_store_api;

STN_STATIC_ASSERT(sizeof(stn_append) == 232, "stn_append");
STN_STATIC_ASSERT(sizeof(stn_queue_info) == 16, "stn_queue_info");
STN_STATIC_ASSERT(sizeof(stn_arrival) == 24, "stn_arrival");

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_STORE_H */
