#include "filter_cache.h"

namespace stn::broker_pull {
namespace {

constexpr std::string_view k_tag_type = "TAG";
constexpr std::string_view k_everything = "*";

}  // namespace

status filter_types::add_all(const std::vector<iface<stn_filter_api>> &providers) {
  for (const auto &provider : providers) {
    const char *const *names = nullptr;
    if (provider->types(provider.self, &names) != STN_OK) continue;
    for (; *names != nullptr; names++) {
      if (find(*names) != nullptr) {
        return status(STN_E_EXISTS, std::string("two filters serve the expression type ") + *names);
      }
      types_.emplace_back(*names, provider);
    }
  }
  return {};
}

const iface<stn_filter_api> *filter_types::find(std::string_view type) const {
  for (const auto &[name, provider] : types_) {
    if (name == type) return &provider;
  }
  return nullptr;
}

stn_status filter_cache::get(std::string_view type, std::string_view expression, filter_ref *out) {
  if (type.empty()) type = k_tag_type;
  if (type == k_tag_type && (expression.empty() || expression == k_everything)) {
    *out = filter_ref();
    return STN_OK;
  }
  if (auto found = filters_.find(key{type, expression}); found != filters_.end()) {
    *out = *found;
    return STN_OK;
  }
  const iface<stn_filter_api> *filter = types_.find(type);
  if (filter == nullptr) return STN_E_UNSUPPORTED;
  stn_matcher *matcher = nullptr;
  const stn_status st =
      filter->api->compile(filter->self, str(type), str(expression), &matcher, nullptr);
  if (st != STN_OK) return st;
  *out = filter_ref(new compiled_filter(filter->api, matcher, type, expression));
  if (filters_.size() >= capacity_) filters_.clear();  // rare, and cheap to fill again
  filters_.insert(*out);
  return STN_OK;
}

}  // namespace stn::broker_pull
