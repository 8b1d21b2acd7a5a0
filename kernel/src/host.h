// host.h - the stn_host of each plugin, and the registry of interfaces behind get_iface and get_all.
//
// Set-up is [ctrl]; the functions of the table carry the tags of stanchion/host.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "exec.h"
#include "metrics.h"
#include "plan.h"
#include "router.h"
#include "stanchion/host.h"

namespace stn::kernel {

// What all plugins of a process share.
class registry {
 public:
  registry(const manifest &m, executors *x, stn::kernel::metrics *metrics, stn::kernel::router *r);

  // In manifest order of the plugins.
  void add(const std::string &iface_id, const plugin_entry &owner, stn_iface f);

  // Providers of `id` as get_all answers them: hook points in the order of [hooks], only those named.
  std::vector<stn_iface> providers(std::string_view id) const;

  void announce(std::string_view key, std::string_view value);
  const std::vector<std::pair<std::string, std::string>> &announced() const { return announced_; }

  // Asks for an orderly stop; the first reason is kept. [any]
  void fatal(const char *who, stn_status code, std::string_view why);
  bool has_failed() const { return failed_.load(); }
  // Readable when fatal was called.
  int fatal_fd() const { return fatal_fd_; }
  ~registry();
  registry(const registry &) = delete;

 private:
  struct provider {
    const plugin_entry *owner;
    stn_iface f;
  };
  const hook_list *hooks_of(std::string_view id) const;

  const manifest &manifest_;
  std::map<std::string, std::vector<provider>, std::less<>> providers_;
  std::vector<std::pair<std::string, std::string>> announced_;
  std::atomic<bool> failed_{false};
  int fatal_fd_;
};

// The host table of one plugin. Address-stable; lives longer than the plugin.
class plugin_host {
 public:
  plugin_host(const planned_plugin &plugin, registry *shared);
  plugin_host(const plugin_host &) = delete;

  const stn_host *table() const { return &table_; }
  const std::string &name() const { return plugin_.entry->name; }

 private:
  static plugin_host *of(const stn_host *h) { return static_cast<plugin_host *>(h->ctx); }
  bool declared(std::string_view id) const;
  static void log(const stn_host *h, int32_t level, stn_str msg, const stn_kv *kv, uint32_t n);
  static stn_status get_iface(const stn_host *h, const char *id, uint32_t min_minor, stn_iface *out,
                              stn_error *err);
  static stn_status get_all(const stn_host *h, const char *id, uint32_t cap, stn_iface *out,
                            uint32_t *n, stn_error *err);
  static stn_status cfg_str(const stn_host *h, const char *path, stn_str *out);
  static stn_status cfg_i64(const stn_host *h, const char *path, int64_t *out);
  static stn_status cfg_count(const stn_host *h, const char *path, uint32_t *n);

  planned_plugin plugin_;
  registry *shared_;
  stn_host table_;
};

}  // namespace stn::kernel
