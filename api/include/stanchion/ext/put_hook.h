/* stanchion/ext/put_hook.h - "stn.put_hook/1": rewrite or refuse messages before they are appended.
 *
 * Hooks run in the order of [hooks] put in the manifest; a hook that the list does not name is not run. A delay plugin
 * moves a message to its delay topic, a transaction plugin to its half topic; the sender knows neither.
 */
#ifndef STANCHION_EXT_PUT_HOOK_H
#define STANCHION_EXT_PUT_HOOK_H

#include "stanchion/ext/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Memory for what a hook writes; lives until the append has returned. At least STN_HOOK_SCRATCH bytes per message are
 * left for each hook. Take from `at`, move it. FROZEN */
typedef struct stn_scratch {
  char *at;
  char *end;
} stn_scratch;
#define STN_HOOK_SCRATCH 512u

/* code 0 = go on; else the response code for the peer, with its remark in the scratch or (static). FROZEN */
typedef struct stn_verdict {
  int32_t code;
  int32_t reserved;
  stn_str remark;
} stn_verdict;

#define STN_PUT_HOOK_ID "stn.put_hook/1"
typedef struct stn_put_hook_api {
  stn_hdr h;
  /* May change topic, queue, sysflag, flags, reconsume and props of v[i]; verdicts are {0} on entry. Messages refused by
   * an earlier hook are skipped by looking at their verdict. Client batches (STN_APPEND_BATCH) come as one element. */
  void (*before_append)(void *self, stn_append *v, stn_verdict *verdict, uint32_t n, stn_scratch *mem); /* [io] */
} stn_put_hook_api;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_PUT_HOOK_H */
