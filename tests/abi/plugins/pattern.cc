// pattern: a filter on sdk/plugin, built with clang and libc++ while the kernel is gcc's with libstdc++. Expressions of
// type PATTERN read "name~regex"; messages whose property `name` matches are kept. An expression that is no regular
// expression makes the library throw: what arrives at the kernel must be a status.
#include <regex>
#include <string>
#include <string_view>

#include "mark.h"
#include "stanchion/ext/filter.h"
#include "stanchion/sdk/plugin.h"

#ifndef _LIBCPP_VERSION
#error "built with libstdc++: this module is there to bring another standard library"
#endif

struct stn_matcher {
  std::string name;
  std::regex wanted;
};

namespace {

std::string_view property(std::string_view all, std::string_view name) {
  while (!all.empty()) {
    const std::string_view pair = all.substr(0, all.find('\2'));
    if (pair.size() > name.size() && pair[name.size()] == '\1' &&
        pair.substr(0, name.size()) == name) {
      return pair.substr(name.size() + 1);
    }
    all.remove_prefix(std::min(pair.size() + 1, all.size()));
  }
  return {};
}

class pattern final : public stn::plugin {
 public:
  stn::status init() override {
    prefix_ = std::string(host_.cfg_str("prefix"));
    return {};
  }

  bool query(std::string_view id, stn_iface *out) override {
    return id == STN_FILTER_ID && stn::provide(out, k_table, this);
  }

 private:
  stn::status compile(std::string_view expression, stn_matcher **out) const {
    const size_t sign = expression.find('~');
    if (sign == std::string_view::npos) return {STN_E_INVALID, "PATTERN takes name~regex"};
    *out = new stn_matcher{std::string(expression.substr(0, sign)),
                           std::regex(prefix_ + std::string(expression.substr(sign + 1)))};
    return {};
  }

  static stn_status types(void *, const char *const **names) {
    static constexpr const char *k_names[] = {"PATTERN", nullptr};
    *names = k_names;
    return STN_OK;
  }

  static void look_at_all(const stn_matcher *, const stn_match_entries *e, uint64_t *,
                          uint64_t *maybe) {
    for (uint32_t i = 0; i < e->n; i++) maybe[i / 64] |= uint64_t{1} << (i % 64);
  }

  static void match(const stn_matcher *m, const stn_match_msgs *v, uint64_t *keep) {
    for (uint32_t i = 0; i < v->n; i++) {
      const std::string_view value = property(stn::view(v->props[i]), m->name);
      if (std::regex_match(value.begin(), value.end(), m->wanted)) continue;
      keep[i / 64] &= ~(uint64_t{1} << (i % 64));
    }
  }

  static stn_status compile_for(void *self, stn_str, stn_str expression, stn_matcher **out,
                                stn_error *err) {
    return stn::guarded(
        err, [&] { return static_cast<pattern *>(self)->compile(stn::view(expression), out); });
  }

  static void destroy(stn_matcher *m) { delete m; }

  static constexpr stn_filter_api k_table = {
      {sizeof(stn_filter_api), STN_VER(1, 0)}, types, compile_for, destroy, look_at_all, match};

  std::string prefix_;
};

}  // namespace

STN_PLUGIN(pattern);
