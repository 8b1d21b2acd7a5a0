#include "plan.h"

#include <algorithm>
#include <queue>

#include "base.h"

namespace stn::kernel {
namespace {

class planner {
 public:
  planner(const manifest &m, const module_index &index, diagnostics *d)
      : manifest_(m), index_(index), d_(d) {}

  plan make() {
    for (const auto &entry : manifest_.plugins) resolve(entry);
    drop_unmet_optional();
    for (const auto &p : plan_.plugins) check_needs(p);
    check_hooks();
    order();
    return std::move(plan_);
  }

 private:
  void resolve(const plugin_entry &entry) {
    diagnostics own;
    const module_file *file = index_.find(entry.id, entry.version_constraint, entry.where, &own);
    if (file == nullptr) {
      report(entry, own);
      return;
    }
    planned_plugin p;
    p.entry = &entry;
    p.file = file;
    p.settings = check_settings(file->info.schema, &entry.settings, entry.name, entry.where, d_);
    plan_.plugins.push_back(std::move(p));
  }

  // What is missing is an error, or a warning where the manifest says required = false.
  void report(const plugin_entry &entry, const diagnostics &own) {
    for (const auto &e : own.all()) {
      if (entry.required) {
        d_->error(e.code, e.where, e.text, e.hint);
      } else {
        d_->warning(e.code, e.where, e.text + "; left out, as it is not required", e.hint);
      }
      refused_.push_back(entry.id);
    }
  }

  bool provided(const iface_ref &need, uint32_t *best_minor, std::string *by) const {
    bool found = false;
    for (const auto &p : plan_.plugins) {
      for (const auto &have : p.file->info.provides) {
        if (have.id != need.id) continue;
        found = true;
        if (by->empty() || have.minor > *best_minor) {
          *best_minor = have.minor;
          *by = p.entry->name;
        }
      }
    }
    return found;
  }

  // A plugin that is not required and misses an interface is left out; that may leave others without theirs.
  void drop_unmet_optional() {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < plan_.plugins.size(); i++) {
        const planned_plugin &p = plan_.plugins[i];
        if (p.entry->required) continue;
        diagnostics own;
        find_unmet(p, &own);
        if (!own.failed()) continue;
        report(*p.entry, own);
        plan_.plugins.erase(plan_.plugins.begin() + static_cast<ptrdiff_t>(i));
        changed = true;
        break;
      }
    }
  }

  void check_needs(const planned_plugin &p) { find_unmet(p, d_); }

  void find_unmet(const planned_plugin &p, diagnostics *d) const {
    for (const auto &need : p.file->info.needs) {
      if (is_host_iface(need.id)) continue;
      uint32_t minor = 0;
      std::string by;
      if (!provided(need, &minor, &by)) {
        d->error("E205", p.entry->where,
                 p.entry->name + " needs " + need.id + ", nobody provides it",
                 who_could_provide(need));
      } else if (minor < need.minor) {
        d->error("E205", p.entry->where,
                 p.entry->name + " needs " + need.id + "." + std::to_string(need.minor) + ", " +
                     by + " provides " + need.id + "." + std::to_string(minor),
                 "install a newer " + by);
      }
    }
  }

  std::string who_could_provide(const iface_ref &need) const {
    for (const auto &entry : manifest_.plugins) {
      if (std::find(refused_.begin(), refused_.end(), entry.id) == refused_.end()) continue;
      for (const auto &m : index_.all()) {
        if (m.info.id == entry.id && provides(m, need.id))
          return entry.id + " would, once it loads";
      }
    }
    std::vector<std::string> ids;
    for (const auto &m : index_.all()) {
      if (m.usable() && provides(m, need.id)) ids.push_back(m.info.id);
    }
    if (ids.empty()) return "no installed plugin provides it either";
    return "add [[plugin]] id = \"" + join(ids, "\" or \"") + "\"";
  }

  static bool provides(const module_file &m, const std::string &id) {
    for (const auto &have : m.info.provides) {
      if (have.id == id) return true;
    }
    return false;
  }

  void check_hooks() {
    for (const auto &list : manifest_.hooks) {
      for (const auto &item : list.order) {
        for (const auto &p : plan_.plugins) {
          if (p.entry->id != item.plugin && p.entry->name != item.plugin) continue;
          bool provides_hook = false;
          for (const auto &have : p.file->info.provides) {
            provides_hook |= is_hook_iface(have.id, list.point);
          }
          if (provides_hook) continue;
          d_->error("E205", {manifest_.file, item.line},
                    "hooks." + list.point + " names " + item.plugin + ", which provides no stn." +
                        list.point + "_hook");
        }
      }
    }
  }

  void order() {
    std::vector<std::pair<size_t, size_t>> edges;
    for (size_t from = 0; from < plan_.plugins.size(); from++) {
      for (const auto &have : plan_.plugins[from].file->info.provides) {
        for (size_t to = 0; to < plan_.plugins.size(); to++) {
          const auto &info = plan_.plugins[to].file->info;
          if (from != to && (wants(info.needs, have.id) || wants(info.optional, have.id))) {
            edges.emplace_back(from, to);
          }
        }
      }
    }
    std::vector<size_t> cycle;
    plan_.start_order = start_order(plan_.plugins.size(), edges, &cycle);
    if (cycle.empty()) return;
    std::vector<std::string> names;
    for (const size_t i : cycle) names.push_back(plan_.plugins[i].entry->name);
    names.push_back(names.front());
    d_->error("E106", plan_.plugins[cycle.front()].entry->where,
              "plugins need each other in a circle: " + join(names, " -> "));
  }

  static bool wants(const std::vector<iface_ref> &refs, const std::string &id) {
    for (const auto &r : refs) {
      if (r.id == id) return true;
    }
    return false;
  }

  const manifest &manifest_;
  const module_index &index_;
  diagnostics *d_;
  plan plan_;
  std::vector<std::string> refused_;
};

}  // namespace

plan make_plan(const manifest &m, const module_index &index, diagnostics *d) {
  return planner(m, index, d).make();
}

std::vector<size_t> start_order(size_t n, const std::vector<std::pair<size_t, size_t>> &edges,
                                std::vector<size_t> *cycle) {
  std::vector<std::vector<size_t>> followers(n);
  std::vector<size_t> waits_for(n, 0);
  for (const auto &[from, to] : edges) {
    followers[from].push_back(to);
    waits_for[to]++;
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < n; i++) {
    if (waits_for[i] == 0) ready.push(i);
  }
  std::vector<size_t> order;
  while (!ready.empty()) {
    const size_t i = ready.top();
    ready.pop();
    order.push_back(i);
    for (const size_t c : followers[i]) {
      if (--waits_for[c] == 0) ready.push(c);
    }
  }
  if (order.size() == n) return order;
  // Every plugin that still waits has a provider that still waits: walking to providers must come round.
  std::vector<size_t> provider(n, n);
  for (const auto &[from, to] : edges) {
    if (waits_for[from] > 0 && waits_for[to] > 0) provider[to] = from;
  }
  size_t at = 0;
  while (waits_for[at] == 0) at++;
  std::vector<bool> seen(n, false);
  for (; !seen[at]; at = provider[at]) seen[at] = true;
  const size_t first = at;
  do {
    cycle->push_back(at);
    at = provider[at];
  } while (at != first);
  return {};
}

bool is_hook_iface(std::string_view id, std::string_view point) {
  return id.starts_with("stn." + std::string(point) + "_hook/");
}

bool is_any_hook_iface(std::string_view id) {
  return id.starts_with("stn.") && id.find("_hook/") != std::string_view::npos;
}

}  // namespace stn::kernel
