#include "lifecycle.h"

#include <algorithm>

#include "base.h"
#include "log.h"
#include "module.h"

namespace stn::kernel {
namespace {

constexpr uint64_t k_stop_deadline_ns = 10'000'000'000;

// What the operator can put right in the manifest or on the machine, against what went wrong by itself.
bool is_configuration(stn_status st) {
  switch (st) {
    case STN_E_INVALID:
    case STN_E_UNSUPPORTED:
    case STN_E_INCOMPATIBLE:
    case STN_E_NOT_FOUND:
    case STN_E_EXISTS:
    case STN_E_DENIED:
      return true;
    default:
      return false;
  }
}

// A plugin that blames a setting begins its sentence with the path of it, "listen[1].address: ...". The error then
// stands at the line of the setting, and the hint says by which variables it is changed.
std::string blame_setting(const plugin_entry &entry, std::string_view text, place *where) {
  const std::string_view path = text.substr(0, text.find(": "));
  const bool names_one = !path.empty() && path.size() < text.size();
  const node *setting = names_one ? entry.settings.at(path) : nullptr;
  if (setting == nullptr) return {};
  where->line = setting->line;
  std::vector<std::string> options;
  for (const auto &name : references(setting->written)) options.push_back("--var " + name + "=...");
  if (options.empty()) return "change " + std::string(path) + " in the manifest";
  return std::string(path) + " = \"" + setting->written + "\": change it with " +
         join(options, " or ");
}

void warn(const std::string &who, const char *what, const char *text) {
  const stn_kv kv = {str("why"), str(text)};
  log::write(STN_LOG_WARN, who, what, &kv, 1);
}

}  // namespace

lifecycle::lifecycle(const plan &p, registry *shared, router *r, executors *x)
    : shared_(shared), router_(r), exec_(x) {
  router_->set_blocking(x->blocking());
  for (const size_t i : p.start_order) {
    hosted h;
    h.plan = &p.plugins[i];
    h.host = std::make_unique<plugin_host>(p.plugins[i], shared);
    hosted_.push_back(std::move(h));
  }
}

lifecycle::~lifecycle() { stop(mono_ns() + k_stop_deadline_ns); }

bool lifecycle::load(diagnostics *d) {
  for (auto &p : hosted_) p.table = load_module(*p.plan->file, p.plan->entry->where, d);
  return !d->failed();
}

bool lifecycle::failed(const hosted &p, const char *step, stn_status st, const stn_error &err,
                       diagnostics *d) {
  if (st == STN_OK) return false;
  std::string text = err.msg_len > 0 ? std::string(err.msg, err.msg_len) : "no reason given";
  place where = p.plan->entry->where;
  std::string hint = blame_setting(*p.plan->entry, text, &where);
  d->error("E301", where,
           p.host->name() + ": " + step + " failed (status " + std::to_string(st) + "): " + text,
           std::move(hint));
  if (!is_configuration(st)) failure_exit_ = k_exit_failure;
  return true;
}

bool lifecycle::create(hosted *p, diagnostics *d) {
  stn_error err{};
  const stn_status st = p->table->create(p->host->table(), &p->instance, &err);
  if (failed(*p, "create", st, err, d)) return false;
  p->at = stage::created;
  return true;
}

bool lifecycle::publish(const hosted &p, diagnostics *d) {
  for (const auto &ref : p.plan->file->info.provides) {
    stn_iface f{};
    const stn_status st = p.table->query(p.instance, ref.id.c_str(), &f);
    if (st != STN_OK || f.api == nullptr || f.api->size <= sizeof(stn_hdr)) {
      d->error("E207", p.plan->entry->where,
               p.host->name() + ": plugin.toml says that it provides " + ref.id +
                   ", its code does not answer for it");
      continue;
    }
    if (ref.minor > STN_VER_MINOR(f.api->ver)) {
      d->error("E207", p.plan->entry->where,
               p.host->name() + ": plugin.toml promises minor " + std::to_string(ref.minor) +
                   " of " + ref.id + ", its code has " + std::to_string(STN_VER_MINOR(f.api->ver)));
      continue;
    }
    shared_->add(ref.id, *p.plan->entry, f);
  }
  return !d->failed();
}

bool lifecycle::collect_routes(diagnostics *d) {
  for (const auto &p : hosted_) {
    stn_iface f{};
    bool is_processor = false;
    for (const auto &ref : p.plan->file->info.provides) is_processor |= ref.id == STN_PROCESSOR_ID;
    if (!is_processor || p.table->query(p.instance, STN_PROCESSOR_ID, &f) != STN_OK) continue;
    std::string why;
    if (!router_->add_processor(p.host->name(), f, &why)) {
      d->error("E107", p.plan->entry->where, why, "leave one of them out");
    }
  }
  return !d->failed();
}

bool lifecycle::prepare(diagnostics *d) {
  if (!load(d)) return false;
  for (auto &p : hosted_) create(&p, d);
  if (d->failed()) return false;
  // Providers are listed in manifest order, whatever the order of start.
  std::vector<const hosted *> by_manifest;
  for (const auto &p : hosted_) by_manifest.push_back(&p);
  std::sort(by_manifest.begin(), by_manifest.end(),
            [](const hosted *a, const hosted *b) { return a->plan < b->plan; });
  for (const hosted *p : by_manifest) publish(*p, d);
  if (d->failed()) return false;
  for (auto &p : hosted_) {
    stn_error err{};
    if (failed(p, "init", p.table->init(p.instance, &err), err, d)) return false;
    p.at = stage::initialised;
  }
  return collect_routes(d);
}

bool lifecycle::start(diagnostics *d) {
  for (auto &p : hosted_) {
    stn_error err{};
    p.at = stage::started;  // a failed start is followed by stop as well
    if (failed(p, "start", p.table->start(p.instance, &err), err, d)) break;
  }
  if (!d->failed()) {
    router_->open();
    for (auto &p : hosted_) {
      stn_error err{};
      if (!STN_HAS(p.table, stn_plugin, serve)) continue;
      if (failed(p, "serve", p.table->serve(p.instance, &err), err, d)) break;
    }
  }
  serving_ = !d->failed();
  if (!serving_) stop(mono_ns() + k_stop_deadline_ns);
  return serving_;
}

// A processor is taken off the router and the executors are let run dry before its stop, and again before its destroy,
// so that no call of the kernel is in a plugin that is gone.
void lifecycle::stop_one(hosted *p, uint64_t deadline_ns) {
  stn_error err{};
  if (p->at == stage::started) {
    router_->detach(p->host->name());
    exec_->settle(deadline_ns);
    if (p->table->stop(p->instance, &err) != STN_OK) warn(p->host->name(), "stop failed", err.msg);
    exec_->settle(deadline_ns);
  }
  p->at = stage::stopped;
}

void lifecycle::stop(uint64_t deadline_ns) {
  router_->close();
  for (auto p = hosted_.rbegin(); p != hosted_.rend() && serving_; ++p) {
    stn_error err{};
    if (!STN_HAS(p->table, stn_plugin, drain)) continue;
    if (p->table->drain(p->instance, deadline_ns, &err) != STN_OK) {
      warn(p->host->name(), "drain failed", err.msg);
    }
  }
  serving_ = false;
  for (auto p = hosted_.rbegin(); p != hosted_.rend(); ++p) {
    if (p->instance != nullptr) stop_one(&*p, deadline_ns);
  }
  for (auto p = hosted_.rbegin(); p != hosted_.rend(); ++p) {
    if (p->instance != nullptr) p->table->destroy(p->instance);
    p->instance = nullptr;
  }
}

}  // namespace stn::kernel
