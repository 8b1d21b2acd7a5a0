/* stanchion/ext/log.h - "stn.log/1": the commit log as bytes, for what copies it elsewhere.
 *
 * A copy is made of whole records and blanks as they stand, at the same positions. The side that is copied reads, the
 * other side appends; both may cut. Queues and index of the copy are made from its records. Positions are bytes.
 */
#ifndef STANCHION_EXT_LOG_H
#define STANCHION_EXT_LOG_H

#include "stanchion/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stn_log_info {
  uint32_t size;
  uint32_t reserved;
  int64_t first;     /* start of the oldest file */
  int64_t end;       /* behind the last record that may be copied */
  int64_t durable;   /* bytes before are on the disk */
  int64_t confirmed; /* bytes before are confirmed; INT64_MAX as long as nobody confirms */
  int64_t file_size; /* no record crosses a multiple of it; equal on both sides */
} stn_log_info;

#define STN_LOG_ID "stn.log/1"
typedef struct stn_log_api {
  stn_hdr h;
  stn_status (*info)(void *self, stn_log_info *out); /* [any] */
  /* Whole records from `from` on, of one file, at most max bytes but at least one; a blank counts with all that lies behind
   * it in its file. Length 0 at the end. STN_E_RANGE outside [first, end], STN_E_CORRUPT where no record starts. */
  stn_status (*read)(void *self, int64_t from, uint64_t max, stn_bslice *out, stn_error *err); /* [worker] (own-out) */
  /* Appends whole records of another log at their position, which must be the end of this one. Every record is checked first; nothing is accepted otherwise. STN_E_RANGE: not the end. STN_E_BUSY,
   * STN_E_NO_SPACE, STN_E_IO, STN_E_CLOSED as stn_store_api.append. */
  stn_status (*append)(void *self, int64_t phys, stn_slice bytes, stn_error *err); /* [worker] */
  /* Forgets everything from phys on, in log, queues and index; phys is the start of a record or the end. No reader may
   * hold what goes. Appends get STN_E_BUSY meanwhile. */
  stn_status (*truncate)(void *self, int64_t phys, stn_error *err); /* [worker] */
  /* From the first call on messages become visible and are acknowledged only when they are confirmed, too. A lower
   * position than before is ignored. STN_E_UNSUPPORTED without sync flush. */
  stn_status (*confirm)(void *self, int64_t phys, stn_error *err); /* [worker] */
} stn_log_api;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_LOG_H */
