/* stanchion/ext/kv.h - "stn.kv/1": settings that operators keep in the name server, text by namespace and key. */
#ifndef STANCHION_EXT_KV_H
#define STANCHION_EXT_KV_H

#include "stanchion/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*stn_text_fn)(void *user, stn_str text); /* [any] during the call that got it; text (borrow) */

#define STN_KV_ID "stn.kv/1"
typedef struct stn_kv_api {
  stn_hdr h;
  /* Hands the value of a key to `to`. STN_E_NOT_FOUND: no such key, `to` was not called. */
  stn_status (*get)(void *self, stn_str name_space, stn_str key, stn_text_fn to, void *user); /* [any] */
  /* Hands a whole namespace to `to` as JSON, {"table":{"key":"value"}}. STN_E_NOT_FOUND: no such namespace. */
  stn_status (*table)(void *self, stn_str name_space, stn_text_fn to, void *user); /* [any] */
} stn_kv_api;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_KV_H */
