/* longer: a filter in C11 against api/ alone. Expressions of type LONGER are a number of bytes; messages with a longer
 * body match. Messages without a tag are rejected by their queue entry already, so that both phases are used. */
#include <string.h>

#include "mark.h"
#include "stanchion/ext/filter.h"
#include "stanchion/plugin.h"

STN_PLUGIN_FACTS(MODULE_ID, MODULE_VERSION);

struct stn_matcher {
  size_t limit;
};

static stn_status types(void *self, const char *const **names) {
  static const char *const served[] = {"LONGER", NULL};
  (void)self;
  *names = served;
  return STN_OK;
}

static stn_status compile(void *self, stn_str type, stn_str expr, stn_matcher **out,
                          stn_error *err) {
  size_t limit = 0;
  (void)self, (void)type;
  for (size_t i = 0; i < expr.len; i++) {
    if (expr.data[i] < '0' || expr.data[i] > '9') {
      return stn_error_set(err, STN_E_INVALID, "LONGER takes a number of bytes");
    }
    limit = limit * 10 + (size_t)(expr.data[i] - '0');
  }
  *out = malloc(sizeof **out);
  if (*out == NULL) return stn_error_set(err, STN_E_NO_MEMORY, "out of memory");
  (*out)->limit = limit;
  return STN_OK;
}

static void release(stn_matcher *m) { free(m); }

static void match_entries(const stn_matcher *m, const stn_match_entries *e, uint64_t *keep,
                          uint64_t *maybe) {
  (void)m;
  for (uint32_t i = 0; i < e->n; i++) {
    const uint64_t bit = 1ull << (i % 64);
    if (e->tag_hash[i] == 0) {
      keep[i / 64] &= ~bit;
    } else {
      maybe[i / 64] |= bit;
    }
  }
}

static void match_msgs(const stn_matcher *m, const stn_match_msgs *v, uint64_t *keep) {
  for (uint32_t i = 0; i < v->n; i++) {
    if (v->body[i].len <= m->limit) keep[i / 64] &= ~(1ull << (i % 64));
  }
}

static const stn_filter_api filter = {
    {sizeof(stn_filter_api), STN_VER(1, 0)}, types, compile, release, match_entries, match_msgs};

static stn_status query(stn_instance *i, const char *id, stn_iface *out) {
  if (strcmp(id, STN_FILTER_ID) != 0) return STN_E_NOT_FOUND;
  out->api = &filter.h;
  out->self = i;
  return STN_OK;
}

#include "life.h"
