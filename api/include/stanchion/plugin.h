/* stanchion/plugin.h - what a shared object must contain to be a plugin.
 *
 * 1. One exported function, stn_plugin_v1. It is called once or more, runs no I/O and starts no thread.
 * 2. Two ELF notes (owner "STN", section .note.stn.plugin), read by the kernel before any code of the object runs:
 *    type STN_NOTE_MANIFEST = the text of plugin.toml, at most 64 KiB; type STN_NOTE_FACTS = stn_facts, compiled from
 *    these headers by STN_PLUGIN_FACTS. The kernel refuses an object whose notes are missing, disagree with each other,
 *    or name another core or draft.
 *
 * Life: create → init → start → serve → (drain) → stop → destroy; providers before those who need them, stop in reverse.
 */
#ifndef STANCHION_PLUGIN_H
#define STANCHION_PLUGIN_H

#include "stanchion/abi.h"
#include "stanchion/host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stn_instance stn_instance; /* defined by the plugin */

typedef struct stn_plugin {
  stn_hdr h;
  const char *id;      /* "org.example.filter.geo", as in plugin.toml (static) */
  const char *version; /* the plugin's own "major.minor.patch" (static) */

  /* Allocates the instance; of the host only log may be used. */
  stn_status (*create)(const stn_host *host, stn_instance **out, stn_error *err); /* [ctrl] out (own-out) */
  /* Reads settings, fetches interfaces. What init of a provider set up is usable here. */
  stn_status (*init)(stn_instance *i, stn_error *err); /* [ctrl] */
  /* Opens files, binds ports, starts threads. Everything it needs has started. */
  stn_status (*start)(stn_instance *i, stn_error *err); /* [ctrl] */
  /* All plugins have started: accept peers, tell others that we are there. May be NULL. */
  stn_status (*serve)(stn_instance *i, stn_error *err); /* [ctrl] */
  /* No new work; finish what is under way before deadline_ns (monotonic). May be NULL. */
  stn_status (*drain)(stn_instance *i, uint64_t deadline_ns, stn_error *err); /* [ctrl] */
  /* After it returns: no threads, no timers, no watches, no completion outstanding. Called also after a failed start. */
  stn_status (*stop)(stn_instance *i, stn_error *err); /* [ctrl] */
  void (*destroy)(stn_instance *i);                    /* [ctrl] also after a failed init */
  /* The table and object for an interface id that plugin.toml lists under `provides`; valid from create on. */
  stn_status (*query)(stn_instance *i, const char *id, stn_iface *out); /* [ctrl] out (static) */
} stn_plugin;

/* The kernel's side of the negotiation. */
typedef struct stn_offer {
  uint32_t size;
  uint32_t core;  /* STN_CORE_VERSION of the kernel */
  uint32_t draft; /* STN_ABI_DRAFT of the kernel; 0 once the core is tagged */
  const char *kernel_version;
} stn_offer;

#define STN_PLUGIN_SYMBOL "stn_plugin_v1"
/* Answers STN_E_INCOMPATIBLE with a sentence in err when the offer does not suit. */
typedef stn_status (*stn_plugin_fn)(const stn_offer *offer, const stn_plugin **out, stn_error *err); /* [ctrl] out (static) */

#define STN_EXPORT __attribute__((visibility("default")))

/* ---------------------------------------------------------------- notes */

#define STN_NOTE_OWNER "STN"
#define STN_NOTE_MANIFEST 1u
#define STN_NOTE_FACTS 2u
#define STN_NOTE_SECTION ".note.stn.plugin"

/* What the compiler saw; strings NUL-padded. FROZEN */
typedef struct stn_facts {
  uint32_t core;
  uint32_t draft;
  char id[120];
  char version[32];
} stn_facts;

/* An ELF note holding stn_facts. FROZEN */
typedef struct stn_facts_note {
  uint32_t namesz;
  uint32_t descsz;
  uint32_t type;
  char name[4];
  stn_facts facts;
} stn_facts_note;

/* Put once at file scope in one source file: STN_PLUGIN_FACTS("org.example.filter.geo", "0.3.1") with the very strings
 * of plugin.toml (STN_PLUGIN_ID and STN_PLUGIN_VERSION of the generated plugin_info.h). */
#define STN_PLUGIN_FACTS(ID, VERSION)                                                          \
  __attribute__((section(STN_NOTE_SECTION), used, aligned(4))) static const stn_facts_note     \
      stn_plugin_facts_note = {4u,                                                             \
                               (uint32_t)sizeof(stn_facts),                                    \
                               STN_NOTE_FACTS,                                                 \
                               {'S', 'T', 'N', '\0'},                                          \
                               {STN_CORE_VERSION, STN_ABI_DRAFT, ID, VERSION}}

STN_STATIC_ASSERT(sizeof(stn_facts) == 160, "stn_facts");
STN_STATIC_ASSERT(sizeof(stn_facts_note) == 176, "stn_facts_note");

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* STANCHION_PLUGIN_H */
