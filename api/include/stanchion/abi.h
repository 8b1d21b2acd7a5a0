/* stanchion/abi.h - base types of the plugin ABI: versions, status, bytes, completions.
 *
 * Plain C11, also valid C++20. Everything that crosses between kernel and plugin is made of these types.
 *
 * READING RULES (they hold for every header under stanchion/)
 *  Growth     A struct whose first member is `stn_hdr h` (tables) or `uint32_t size` (options, views) is GROWABLE: new
 *             members go at its end only and a reader tests the size first (tables: STN_HAS). It is never copied by
 *             value. A struct marked FROZEN keeps its layout from the api-1.0 tag on; arrays hold FROZEN structs only.
 *  Base       Members of a table's .0 version are mandatory, members added later are optional.
 *  Flags      Unknown flag bits and constants are answered with STN_E_UNSUPPORTED, never ignored.
 *  Integers   Fixed width only: no enum types, no bool, no long, no bit-fields, no unions, no varargs.
 *  Strings    UTF-8, not NUL-terminated unless typed `const char *`.
 *  Errors     A fallible function returns stn_status; `stn_error *err` is always last and may be NULL.
 *  Unwinding  No exception, panic or longjmp leaves a function of this ABI, in either direction.
 *
 * THREAD TAGS (each function carries one; lint refuses one without)
 *  [ctrl]     the control thread: calls are serialised for the whole process and may block up to their deadline
 *  [io]       an I/O thread of the kernel: must not block or touch cold disk pages; budget about 50 microseconds
 *  [worker]   a thread that may block: the kernel's `blocking` executor or a thread from thread_start
 *  [any]      any thread, concurrently; does not block
 *  [pure]     like [any], and without side effects: the result depends on the arguments only
 *  [serial x] any thread, but the caller serialises calls per object x
 *
 * OWNERSHIP TAGS
 *  (borrow)   valid until the call returns       (move)   the callee owns it now and releases it
 *  (own-out)  the caller owns it and releases it (static) valid until the plugin is destroyed
 */
#ifndef STANCHION_ABI_H
#define STANCHION_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define STN_STATIC_ASSERT(c, m) static_assert(c, m)
extern "C" {
#else
#define STN_STATIC_ASSERT(c, m) _Static_assert(c, m)
#endif

/* ---------------------------------------------------------------- versions */

#define STN_VER(maj, min) (((uint32_t)(maj) << 16) | (uint32_t)(min))
#define STN_VER_MAJOR(v) ((uint32_t)(v) >> 16)
#define STN_VER_MINOR(v) ((uint32_t)(v)&0xffffu)

/* Core generation 1, not yet tagged api-1.0: until the tag, a module must carry the kernel's STN_ABI_DRAFT. The number
 * goes up with every change of a header in this folder (`./x abi` compares against api/abi.lock). */
#define STN_CORE_VERSION STN_VER(1, 0)
#define STN_ABI_DRAFT 3u

/* First member of every table. size = bytes the provider was built with; ver = interface revision.minor. FROZEN */
typedef struct stn_hdr {
  uint32_t size;
  uint32_t ver;
} stn_hdr;

/* May member m of growable table *p be called? */
#define STN_HAS(p, T, m) \
  ((p) != NULL && (p)->h.size >= offsetof(T, m) + sizeof(((T *)0)->m) && (p)->m != NULL)

/* ---------------------------------------------------------------- status */

typedef int32_t stn_status;
#define STN_OK 0
#define STN_E_INTERNAL 1     /* a bug on the callee's side                                          */
#define STN_E_INVALID 2      /* bad argument or broken contract                                     */
#define STN_E_UNSUPPORTED 3  /* unknown flag, code or constant, or a function that is absent        */
#define STN_E_INCOMPATIBLE 4 /* version negotiation failed                                          */
#define STN_E_NOT_FOUND 5
#define STN_E_EXISTS 6
#define STN_E_DENIED 7       /* not permitted                                                       */
#define STN_E_BUSY 8         /* back-pressure: nothing was accepted, try later                      */
#define STN_E_TIMEOUT 9      /* deadline passed; for writes the outcome is unknown                  */
#define STN_E_CLOSED 11      /* the connection or the plugin is closed or draining                  */
#define STN_E_IO 12          /* the device failed; a store that says this has turned read-only      */
#define STN_E_CORRUPT 13     /* stored or received bytes fail their checks                          */
#define STN_E_NO_SPACE 14
#define STN_E_NO_MEMORY 15
#define STN_E_RANGE 16       /* position or index outside [min,max]                                 */
#define STN_E_TOO_SMALL 17   /* the caller's output array is too small                              */
#define STN_E_AGAIN 18       /* would block: the data is not resident                               */

/* Caller-owned error record, filled with stn_error_set. msg is NUL-terminated, cut at 247 bytes. FROZEN */
typedef struct stn_error {
  stn_status code;
  uint32_t msg_len;
  char msg[248];
} stn_error;

/* Fills *e (which may be NULL) and returns code. [any] */
static inline stn_status stn_error_set(stn_error *e, stn_status code, const char *msg) {
  if (e != NULL) {
    uint32_t n = 0;
    e->code = code;
    while (msg != NULL && msg[n] != '\0' && n < (uint32_t)sizeof(e->msg) - 1u) {
      e->msg[n] = msg[n];
      n++;
    }
    e->msg[n] = '\0';
    e->msg_len = n;
  }
  return code;
}

/* ---------------------------------------------------------------- bytes */

/* Same layout as struct iovec. FROZEN */
typedef struct stn_slice {
  const void *data;
  size_t len;
} stn_slice;

/* FROZEN */
typedef struct stn_str {
  const char *data;
  size_t len;
} stn_str;

/* FROZEN */
typedef struct stn_kv {
  stn_str key;
  stn_str value;
} stn_kv;

/* Owner of memory that outlives a call: the first member of a provider-defined object. The count lives with the
 * provider, so no atomic layout is shared. Both functions take a count: one call serves a whole batch. */
typedef struct stn_owner stn_owner;
typedef struct stn_owner_ops {
  stn_hdr h;
  void (*retain)(stn_owner *o, uint32_t n);  /* [any] */
  void (*release)(stn_owner *o, uint32_t n); /* [any] frees or unpins at zero, on the provider's side */
} stn_owner_ops;
struct stn_owner {
  const stn_owner_ops *ops;
};

/* Bytes with their owner; owner NULL = static, or borrowed for the call. FROZEN */
typedef struct stn_bslice {
  const void *data;
  size_t len;
  stn_owner *owner;
} stn_bslice;

/* ---------------------------------------------------------------- completions */

#define STN_CQE_MORE 1u /* more entries with the same user value follow */

/* One finished operation. user = the submitter's tag; r[] and obj are defined by the operation. FROZEN */
typedef struct stn_cqe {
  uint64_t user;
  stn_status status;
  uint32_t flags;
  int64_t r[4];
  void *obj;
  uint64_t reserved; /* zero */
} stn_cqe;

/* Where completions go; one call delivers many. The submitter keeps the sink alive until its last entry came back.
 * A function that takes a sink and returns STN_OK completes each submitted operation exactly once, possibly before it
 * returns; with any other status nothing was accepted and nothing will be completed. */
typedef struct stn_sink stn_sink;
struct stn_sink {
  stn_hdr h;
  void *ctx;
  void (*complete)(const stn_sink *s, const stn_cqe *v, uint32_t n); /* [any] on the thread the operation names; must not block; v (borrow) */
};

STN_STATIC_ASSERT(sizeof(void *) == 8, "64-bit targets only");
STN_STATIC_ASSERT(sizeof(stn_hdr) == 8, "stn_hdr");
STN_STATIC_ASSERT(sizeof(stn_error) == 256, "stn_error");
STN_STATIC_ASSERT(sizeof(stn_slice) == 16 && offsetof(stn_slice, len) == 8, "stn_slice is an iovec");
STN_STATIC_ASSERT(sizeof(stn_kv) == 32, "stn_kv");
STN_STATIC_ASSERT(sizeof(stn_bslice) == 24, "stn_bslice");
STN_STATIC_ASSERT(sizeof(stn_cqe) == 64, "stn_cqe");

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_ABI_H */
