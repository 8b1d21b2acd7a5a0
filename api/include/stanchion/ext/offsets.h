/* stanchion/ext/offsets.h - "stn.offsets/1": how far each group has consumed each queue. */
#ifndef STANCHION_EXT_OFFSETS_H
#define STANCHION_EXT_OFFSETS_H

#include "stanchion/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STN_OFFSETS_ID "stn.offsets/1"
typedef struct stn_offsets_api {
  stn_hdr h;
  /* Records the offset to consume next; lower values are taken too. On disk within the flush interval. */
  void (*commit)(void *self, stn_str group, stn_str topic, int32_t queue, int64_t offset); /* [any] */
  /* Forgets everything a group has consumed; it starts anew like a group never seen. */
  void (*forget)(void *self, stn_str group); /* [any] */
} stn_offsets_api;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_OFFSETS_H */
