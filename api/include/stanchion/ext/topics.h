/* stanchion/ext/topics.h - "stn.topics/1": the topic table of this broker, and who the broker is. */
#ifndef STANCHION_EXT_TOPICS_H
#define STANCHION_EXT_TOPICS_H

#include "stanchion/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STN_PERM_INHERIT 1
#define STN_PERM_WRITE 2
#define STN_PERM_READ 4

#define STN_TOPIC_ORDER 1u   /* order topic */
#define STN_TOPIC_NO_SEND 2u /* clients may not send to it */
#define STN_TOPIC_SYSTEM 4u

/* A copy of a topic's configuration at the time of the call. FROZEN */
typedef struct stn_topic {
  stn_status status; /* STN_OK, or STN_E_NOT_FOUND */
  uint32_t id;       /* number in the store */
  int32_t read_queues;
  int32_t write_queues;
  int32_t perm;     /* STN_PERM_* */
  int32_t sysflag;
  uint32_t flags;   /* STN_TOPIC_* */
  uint32_t reserved;
} stn_topic;

/* Who we are; filled when the plugin has started, constant from then on. (static) */
typedef struct stn_identity {
  uint32_t size;
  uint32_t reserved;
  int64_t broker_id; /* 0 = master */
  stn_str cluster;
  stn_str broker;
  stn_str address;      /* "ip:port" that clients are told */
  stn_slice store_host; /* the same as stored in messages: 8 or 20 bytes */
} stn_identity;

#define STN_TOPICS_ID "stn.topics/1"
typedef struct stn_topics_api {
  stn_hdr h;
  void (*lookup)(void *self, const stn_str *names, uint32_t n, stn_topic *out); /* [any] */
  /* Topic `name` as it is, or made with these figures; persisted and registered with all name servers behind the
   * caller's back. STN_E_INVALID: name not legal (1..127 bytes of [%|a-zA-Z0-9_-]). */
  stn_status (*ensure)(void *self, stn_str name, int32_t queues, int32_t perm, stn_topic *out, stn_error *err); /* [any] */
  /* As ensure, from template topic `base` if that may be inherited: min(queues, its write queues), its perm without the
   * inherit bit. STN_E_NOT_FOUND: no such template, or not inheritable, or auto-creation is off. */
  stn_status (*derive)(void *self, stn_str name, stn_str base, int32_t queues, stn_topic *out, stn_error *err); /* [any] */
  const stn_identity *(*identity)(void *self); /* [any] */
} stn_topics_api;

STN_STATIC_ASSERT(sizeof(stn_topic) == 32, "stn_topic");

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_TOPICS_H */
