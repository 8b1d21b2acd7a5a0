// The plugin around tag_filter: "stn.filter/1" for the expression type TAG. Phase 1 only: it never asks for the message.
#include <memory>

#include "plugin_info.h"
#include "stanchion/ext/filter.h"
#include "stanchion/sdk/plugin.h"
#include "tag_filter.h"

struct stn_matcher {
  stn::filter_tag::tag_set tags;
};

namespace stn::filter_tag {
namespace {

constexpr std::string_view k_type = "TAG";

class filter_tag final : public plugin {
 public:
  status init() override {
    max_tags_ = static_cast<size_t>(host_.cfg_i64("max_tags", k_default_max_tags));
    return {};
  }

  bool query(std::string_view id, stn_iface *out) override {
    return id == STN_FILTER_ID && provide(out, k_table, this);
  }

 private:
  status compile(std::string_view type, std::string_view expression, stn_matcher **out) const {
    if (type != k_type) return status(STN_E_UNSUPPORTED, "this filter serves TAG expressions only");
    auto tags = tag_set::parse(expression, max_tags_);
    if (!tags.ok()) return tags.error();
    *out = new stn_matcher{std::move(tags.value())};
    return {};
  }

  static stn_status types(void *, const char *const **names) {
    static constexpr const char *k_names[] = {k_type.data(), nullptr};
    *names = k_names;
    return STN_OK;
  }

  static const stn_filter_api k_table;

  static constexpr int64_t k_default_max_tags = 1024;
  size_t max_tags_ = 0;
};

const stn_filter_api filter_tag::k_table = {
    {sizeof(stn_filter_api), STN_VER(1, 0)},
    types,
    [](void *self, stn_str type, stn_str expression, stn_matcher **out, stn_error *err) {
      return guarded(err, [&] {
        return static_cast<const filter_tag *>(self)->compile(view(type), view(expression), out);
      });
    },
    [](stn_matcher *m) { delete m; },
    [](const stn_matcher *m, const stn_match_entries *e, uint64_t *keep, uint64_t *) {
      m->tags.match(e->tag_hash, e->n, keep);
    },
    nullptr};

}  // namespace
}  // namespace stn::filter_tag

STN_PLUGIN(stn::filter_tag::filter_tag);
