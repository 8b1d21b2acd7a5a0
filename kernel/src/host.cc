#include "host.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>

#include "base.h"
#include "log.h"
#include "module.h"

namespace stn::kernel {

// ---------------------------------------------------------------- registry

namespace {
const plugin_entry k_kernel_entry{};
}

registry::registry(const manifest &m, executors *x, stn::kernel::metrics *metrics,
                   stn::kernel::router *r)
    : manifest_(m), fatal_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  add(STN_EXEC_ID, k_kernel_entry, x->iface());
  add(STN_METRICS_ID, k_kernel_entry, metrics->iface());
  add(STN_ROUTER_ID, k_kernel_entry, r->iface());
}

registry::~registry() { ::close(fatal_fd_); }

void registry::add(const std::string &iface_id, const plugin_entry &owner, stn_iface f) {
  providers_[iface_id].push_back({&owner, f});
}

const hook_list *registry::hooks_of(std::string_view id) const {
  for (const auto &list : manifest_.hooks) {
    if (is_hook_iface(id, list.point)) return &list;
  }
  return nullptr;
}

std::vector<stn_iface> registry::providers(std::string_view id) const {
  std::vector<stn_iface> out;
  const auto it = providers_.find(id);
  if (it == providers_.end()) return out;
  if (!is_any_hook_iface(id)) {
    for (const auto &p : it->second) out.push_back(p.f);
    return out;
  }
  const hook_list *list = hooks_of(id);
  if (list == nullptr) return out;
  for (const auto &item : list->order) {
    for (const auto &p : it->second) {
      if (p.owner->name == item.plugin || p.owner->id == item.plugin) out.push_back(p.f);
    }
  }
  return out;
}

void registry::announce(std::string_view key, std::string_view value) {
  announced_.emplace_back(key, value);
}

void registry::fatal(const char *who, stn_status code, std::string_view why) {
  const std::string number = std::to_string(code);
  const stn_kv kv[2] = {{str("status"), str(number)}, {str("why"), str(why)}};
  log::write(STN_LOG_ERROR, who, "asks for a stop", kv, 2);
  if (failed_.exchange(true)) return;
  const uint64_t one = 1;
  if (::write(fatal_fd_, &one, sizeof(one)) < 0) return;  // full means: already readable
}

// ---------------------------------------------------------------- host

plugin_host::plugin_host(const planned_plugin &plugin, registry *shared)
    : plugin_(plugin), shared_(shared) {
  table_ = {
      {sizeof(stn_host), STN_CORE_VERSION},
      this,
      kernel_version(),
      plugin_.entry->name.c_str(),
      [](const stn_host *, int32_t level) { return int32_t{log::enabled(level)}; },
      log,
      get_iface,
      get_all,
      cfg_str,
      cfg_i64,
      cfg_count,
      [](const stn_host *) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
      },
      [](const stn_host *) { return mono_ns(); },
      [](const stn_host *h, stn_str k, stn_str v) { of(h)->shared_->announce(view(k), view(v)); },
      [](const stn_host *h, stn_status code, stn_str why) {
        of(h)->shared_->fatal(h->instance, code, view(why));
      }};
}

bool plugin_host::declared(std::string_view id) const {
  if (is_host_iface(id)) return true;
  for (const auto &r : plugin_.file->info.needs) {
    if (r.id == id) return true;
  }
  for (const auto &r : plugin_.file->info.optional) {
    if (r.id == id) return true;
  }
  return false;
}

void plugin_host::log(const stn_host *h, int32_t level, stn_str msg, const stn_kv *kv, uint32_t n) {
  log::write(level, h->instance, view(msg), kv, n);
}

stn_status plugin_host::get_iface(const stn_host *h, const char *id, uint32_t min_minor,
                                  stn_iface *out, stn_error *err) {
  if (!of(h)->declared(id)) {
    return stn_error_set(err, STN_E_NOT_FOUND,
                         (std::string(id) + " is not in needs or optional of plugin.toml").c_str());
  }
  const auto all = of(h)->shared_->providers(id);
  if (all.empty()) {
    return stn_error_set(err, STN_E_NOT_FOUND, (std::string("nobody provides ") + id).c_str());
  }
  if (all.size() > 1) {
    return stn_error_set(
        err, STN_E_EXISTS,
        (std::string("several plugins provide ") + id + ", one is needed").c_str());
  }
  if (STN_VER_MINOR(all[0].api->ver) < min_minor) {
    return stn_error_set(
        err, STN_E_INCOMPATIBLE,
        (std::string(id) + ": minor " + std::to_string(min_minor) + " is needed, " +
         std::to_string(STN_VER_MINOR(all[0].api->ver)) + " is there")
            .c_str());
  }
  *out = all[0];
  return STN_OK;
}

stn_status plugin_host::get_all(const stn_host *h, const char *id, uint32_t cap, stn_iface *out,
                                uint32_t *n, stn_error *err) {
  *n = 0;
  if (!of(h)->declared(id)) {
    return stn_error_set(err, STN_E_NOT_FOUND,
                         (std::string(id) + " is not in needs or optional of plugin.toml").c_str());
  }
  const auto all = of(h)->shared_->providers(id);
  *n = static_cast<uint32_t>(all.size());
  if (*n > cap) return stn_error_set(err, STN_E_TOO_SMALL, "more providers than the array holds");
  for (uint32_t i = 0; i < *n; i++) out[i] = all[i];
  return STN_OK;
}

stn_status plugin_host::cfg_str(const stn_host *h, const char *path, stn_str *out) {
  const auto &values = of(h)->plugin_.settings.values;
  const auto it = values.find(std::string_view(path));
  if (it == values.end()) return STN_E_NOT_FOUND;
  if (!it->second.is_text) return STN_E_INVALID;
  *out = str(it->second.text);
  return STN_OK;
}

stn_status plugin_host::cfg_i64(const stn_host *h, const char *path, int64_t *out) {
  const auto &values = of(h)->plugin_.settings.values;
  const auto it = values.find(std::string_view(path));
  if (it == values.end()) return STN_E_NOT_FOUND;
  if (it->second.is_text) return STN_E_INVALID;
  *out = it->second.number;
  return STN_OK;
}

stn_status plugin_host::cfg_count(const stn_host *h, const char *path, uint32_t *n) {
  const auto &counts = of(h)->plugin_.settings.counts;
  const auto it = counts.find(std::string_view(path));
  *n = it == counts.end() ? 0 : it->second;
  return STN_OK;
}

}  // namespace stn::kernel
