/* stanchion/ext/groups.h - "stn.groups/1": consumer groups, their settings and what their members subscribe to. */
#ifndef STANCHION_EXT_GROUPS_H
#define STANCHION_EXT_GROUPS_H

#include "stanchion/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STN_GROUP_CONSUME 1u   /* consuming is enabled */
#define STN_GROUP_BROADCAST 2u /* broadcasting is allowed */

/* A copy of a group's settings. FROZEN */
typedef struct stn_group {
  uint32_t flags; /* STN_GROUP_* */
  int32_t retry_queues;
  int32_t retry_max;
  int32_t slow_broker; /* broker id to suggest to a consumer that lags */
} stn_group;

#define STN_SUB_ONLINE 1u       /* the group has members connected */
#define STN_SUB_FOUND 2u        /* and they subscribe to the topic */
#define STN_SUB_BROADCASTING 4u /* message model of the group */

/* The group's subscription to a topic, as of its newest heartbeat. Strings live as long as owner is held. */
typedef struct stn_subscription {
  uint32_t size;
  uint32_t flags;   /* STN_SUB_* */
  int64_t version;  /* grows with each change that a client makes */
  stn_str expr;     /* "A || B", "*" */
  stn_str type;     /* "TAG", "SQL92", ...; never empty */
  stn_owner *owner; /* (own-out) one share if STN_SUB_FOUND, else NULL */
} stn_subscription;

#define STN_GROUPS_ID "stn.groups/1"
typedef struct stn_groups_api {
  stn_hdr h;
  /* Settings of a group; made with defaults on first use where that is allowed, else STN_E_NOT_FOUND. */
  stn_status (*group)(void *self, stn_str name, stn_group *out, stn_error *err); /* [any] */
  void (*subscription)(void *self, stn_str group, stn_str topic, stn_subscription *out); /* [any] */
} stn_groups_api;

STN_STATIC_ASSERT(sizeof(stn_group) == 16, "stn_group");

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_EXT_GROUPS_H */
