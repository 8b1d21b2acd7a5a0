/* misfit: a module whose notes, description and code say what the test's definitions make them say. */
#include "mark.h"
#include "stanchion/plugin.h"

#ifdef FACTS_ID
STN_PLUGIN_FACTS(FACTS_ID, FACTS_VERSION);
#endif

static stn_status query(stn_instance *i, const char *id, stn_iface *out) {
  (void)i, (void)id, (void)out;
  return STN_E_NOT_FOUND;
}

#include "life.h"
