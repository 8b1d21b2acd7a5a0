/* life.h - what stands around the one function that differs between modules in C: a life in which nothing happens, the
 * table, and the entry. The includer has defined query(), MODULE_ID and MODULE_VERSION. */
#ifndef STN_TESTS_ABI_LIFE_H
#define STN_TESTS_ABI_LIFE_H

#include "stanchion/plugin.h"

#ifndef CODE_ID
#define CODE_ID MODULE_ID
#endif
#ifndef CODE_ANSWER
#define CODE_ANSWER STN_OK
#endif

static stn_status create(const stn_host *host, stn_instance **out, stn_error *err) {
  static char instance;
  (void)host, (void)err;
  *out = (stn_instance *)&instance;
  return STN_OK;
}

static stn_status nothing(stn_instance *i, stn_error *err) {
  (void)i, (void)err;
  return STN_OK;
}

static void destroy(stn_instance *i) { (void)i; }

static const stn_plugin plugin = {
    .h = {sizeof(stn_plugin), STN_CORE_VERSION},
    .id = CODE_ID,
    .version = MODULE_VERSION,
    .create = create,
    .init = nothing,
    .start = nothing,
    .stop = nothing,
    .destroy = destroy,
    .query = query,
};

STN_EXPORT stn_status stn_plugin_v1(const stn_offer *offer, const stn_plugin **out,
                                    stn_error *err) {
  (void)offer, (void)err;
  *out = &plugin;
  return CODE_ANSWER;
}

#endif /* STN_TESTS_ABI_LIFE_H */
