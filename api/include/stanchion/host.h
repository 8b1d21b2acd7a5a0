/* stanchion/host.h - what a plugin may ask of the kernel.
 *
 * stn_host is handed to create() and stays valid until destroy() returns. Executors, timers and descriptors are the
 * interface "stn.host.exec/1", metrics "stn.host.metrics/1"; both are fetched with get_iface like any other.
 */
#ifndef STANCHION_HOST_H
#define STANCHION_HOST_H

#include "stanchion/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STN_LOG_TRACE 0
#define STN_LOG_DEBUG 1
#define STN_LOG_INFO 2
#define STN_LOG_WARN 3
#define STN_LOG_ERROR 4

/* An interface: its table and the object that every function of the table takes first. FROZEN */
typedef struct stn_iface {
  const stn_hdr *api;
  void *self;
} stn_iface;

typedef struct stn_host stn_host;
struct stn_host {
  stn_hdr h;
  void *ctx;
  const char *kernel_version; /* "0.1.0" (static) */
  const char *instance;       /* name of this plugin in the manifest (static) */

  /* 1 if a line of this level would be written. */
  int32_t (*log_enabled)(const stn_host *h, int32_t level); /* [any] */
  /* One structured line per event. Never blocks; lines that do not fit are dropped and counted. */
  void (*log)(const stn_host *h, int32_t level, stn_str msg, const stn_kv *kv, uint32_t n); /* [any] */

  /* The one provider of interface `id` ("name/REV") with at least minor min_minor; ids of other plugins must stand in
   * the plugin's own `needs` or `optional`. From init() on. STN_E_NOT_FOUND: nobody provides it, or it is not declared. */
  stn_status (*get_iface)(const stn_host *h, const char *id, uint32_t min_minor, stn_iface *out, stn_error *err); /* [ctrl] */
  /* All providers of `id`, in manifest order, hook points in the order of the manifest's [hooks]. *n = how many there
   * are, also with STN_E_TOO_SMALL when that is more than cap. */
  stn_status (*get_all)(const stn_host *h, const char *id, uint32_t cap, stn_iface *out, uint32_t *n, stn_error *err); /* [ctrl] */

  /* Settings of this instance, checked against plugin.toml and completed with its defaults. path: "dir",
   * "listen[0].address". Durations come as nanoseconds, sizes as bytes, booleans as 0 or 1. Strings are (static).
   * STN_E_NOT_FOUND: an optional key without default that the manifest does not set. */
  stn_status (*cfg_str)(const stn_host *h, const char *path, stn_str *out);  /* [ctrl] */
  stn_status (*cfg_i64)(const stn_host *h, const char *path, int64_t *out);  /* [ctrl] */
  stn_status (*cfg_count)(const stn_host *h, const char *path, uint32_t *n); /* [ctrl] elements of an array, 0 if absent */

  int64_t (*now_ms)(const stn_host *h);   /* [any] wall clock, milliseconds since 1970; may step */
  uint64_t (*mono_ns)(const stn_host *h); /* [any] monotonic nanoseconds */

  /* Adds key=value to the ready line. During start() and serve() only. */
  void (*announce)(const stn_host *h, stn_str key, stn_str value); /* [ctrl] */
  /* Asks for an orderly stop of the process with a failure exit code; returns at once. */
  void (*fatal)(const stn_host *h, stn_status code, stn_str why); /* [any] */
};

/* ---------------------------------------------------------------- executors: "stn.host.exec/1" */

typedef struct stn_exec stn_exec;   /* an I/O thread, or the pool `blocking` */
typedef struct stn_watch stn_watch; /* a watched file descriptor */
typedef struct stn_timer stn_timer;

/* FROZEN */
typedef struct stn_task {
  void (*fn)(void *user); /* [io] or [worker], as the executor it was posted to */
  void *user;
} stn_task;

#define STN_FD_READ 1u
#define STN_FD_WRITE 2u
/* ready: STN_FD_* that hold now; errors and hang-ups are reported as both. */
typedef void (*stn_fd_fn)(void *user, uint32_t ready); /* [io] the watch's own thread */

#define STN_EXEC_ID "stn.host.exec/1"
typedef struct stn_exec_api {
  stn_hdr h;
  uint32_t (*io_count)(void *self);             /* [any] number of I/O threads, at least 1 */
  stn_exec *(*io)(void *self, uint32_t i);      /* [any] (static) i in [0, io_count) */
  stn_exec *(*blocking)(void *self);            /* [any] (static) the pool for work that waits */
  stn_exec *(*current)(void *self);             /* [any] the I/O executor of the calling thread, else NULL */

  /* Queues n tasks in order. An I/O executor always accepts; `blocking` answers STN_E_BUSY when its queue is full and
   * then accepted nothing. Tasks accepted before stop() run before the executor ends. */
  stn_status (*post)(stn_exec *x, const stn_task *v, uint32_t n); /* [any] */

  /* Runs `t` on I/O executor x after first_ns, then each period_ns (0 = once). Started and cancelled on x's own thread
   * or during [ctrl] calls. After timer_cancel returns on x's thread, t does not run any more; cancelling from [ctrl]
   * waits for a run under way. Frees the timer. A one-shot timer is freed by timer_cancel too, also after it ran. */
  stn_status (*timer)(stn_exec *x, uint64_t first_ns, uint64_t period_ns, stn_task t, stn_timer **out); /* [ctrl] or [io] x */
  void (*timer_cancel)(stn_timer *t);                                                                   /* [ctrl] or [io] x */

  /* Watches fd (non-blocking, owned by the caller) on I/O executor x, level-triggered, for STN_FD_* in `want`, which
   * fd_want changes. unwatch frees the watch; no callback comes after it; the caller closes fd after it. */
  stn_status (*watch_fd)(stn_exec *x, int32_t fd, uint32_t want, stn_fd_fn fn, void *user, stn_watch **out, stn_error *err); /* [io] x */
  void (*fd_want)(stn_watch *w, uint32_t want); /* [io] x */
  void (*unwatch)(stn_watch *w);                /* [io] x */

  /* A thread of the plugin's own, signals blocked, named in the debugger. It is joined before stop() returns. */
  stn_status (*thread_start)(void *self, stn_str name, stn_task t, uint64_t *id, stn_error *err); /* [ctrl] */
  stn_status (*thread_join)(void *self, uint64_t id);                                             /* [ctrl] */
} stn_exec_api;

/* ---------------------------------------------------------------- metrics: "stn.host.metrics/1" */

typedef struct stn_metric stn_metric;
#define STN_METRIC_COUNTER 0
#define STN_METRIC_GAUGE 1

#define STN_METRICS_ID "stn.host.metrics/1"
typedef struct stn_metrics_api {
  stn_hdr h;
  /* name: [a-z_]+ with the unit last ("stn_store_append_bytes_total"); the same name and labels give the same metric. */
  stn_status (*add)(void *self, int32_t kind, const char *name, const char *help, const stn_kv *labels, uint32_t n_labels,
                    stn_metric **out, stn_error *err); /* [ctrl] out (static) */
  void (*inc)(stn_metric *m, int64_t v);               /* [any] adds to a counter or gauge; a few nanoseconds */
  void (*set)(stn_metric *m, int64_t v);               /* [any] gauges */
} stn_metrics_api;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_HOST_H */
