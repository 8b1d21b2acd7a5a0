/* misfit: a module whose notes, description and code say what the test's definitions make them say. */
#include <string.h>

#include "mark.h"
#include "stanchion/plugin.h"

#ifdef FACTS_ID
STN_PLUGIN_FACTS(FACTS_ID, FACTS_VERSION);
#endif

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

static stn_status query(stn_instance *i, const char *id, stn_iface *out) {
  (void)i, (void)id, (void)out;
  return STN_E_NOT_FOUND;
}

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
