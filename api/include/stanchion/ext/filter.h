/* stanchion/ext/filter.h - "stn.filter/1": which messages a subscription wants.
 *
 * A filter compiles the expression of a subscription into a matcher once; the store then asks the matcher in batches.
 * Phase 1 sees only what the consume queue holds (the tag hash), phase 2 the message itself and only where phase 1 said
 * "maybe". Several filters live side by side; the subscription's expression type picks one.
 */
#ifndef STANCHION_EXT_FILTER_H
#define STANCHION_EXT_FILTER_H

#include "stanchion/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stn_matcher stn_matcher; /* defined by the filter, immutable */

/* Queue entries as columns; element i of each column belongs together. (borrow) */
typedef struct stn_match_entries {
  uint32_t size;
  uint32_t n;              /* 1 .. STN_MATCH_MAX */
  const int64_t *tag_hash; /* 32-bit Java hash of the tag, sign-extended; 0 = no tag */
} stn_match_entries;
#define STN_MATCH_MAX 256u

/* Messages as columns. (borrow) */
typedef struct stn_match_msgs {
  uint32_t size;
  uint32_t n;
  const stn_str *props;  /* "name\1value\2name\1value..." as stored */
  const stn_slice *body; /* as stored, possibly compressed (bit 0 of sysflag) */
  const int32_t *sysflag;
} stn_match_msgs;

#define STN_FILTER_ID "stn.filter/1"
typedef struct stn_filter_api {
  stn_hdr h;
  /* Expression types served, e.g. "TAG"; (static), NULL-terminated. */
  stn_status (*types)(void *self, const char *const **names); /* [any] */
  /* STN_E_INVALID with a message that tells what is wrong at which position; expressions come from clients. */
  stn_status (*compile)(void *self, stn_str type, stn_str expr, stn_matcher **out, stn_error *err); /* [any] (own-out) */
  void (*destroy)(stn_matcher *m);                                                                  /* [any] */
  /* Bit i of keep is set on entry; clear it to reject entry i. Set bit i of maybe (clear on entry) to see the message in
   * phase 2 as well. The bitmaps hold (n + 63) / 64 words; bits behind n are left alone. */
  void (*match_entries)(const stn_matcher *m, const stn_match_entries *e, uint64_t *keep, uint64_t *maybe); /* [pure] */
  /* Clear bit i of keep to reject message i; only messages whose bit is set are to be looked at. A message that cannot be
   * evaluated is rejected. May be NULL if match_entries never says maybe. */
  void (*match_msgs)(const stn_matcher *m, const stn_match_msgs *v, uint64_t *keep); /* [pure] */
} stn_filter_api;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_FILTER_H */
