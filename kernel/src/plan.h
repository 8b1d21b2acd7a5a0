// plan.h - manifest and modules brought together: what will run, with which settings, in which order. [ctrl]
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diagnostics.h"
#include "discovery.h"
#include "manifest.h"
#include "schema.h"

namespace stn::kernel {

struct planned_plugin {
  const plugin_entry *entry = nullptr;
  const module_file *file = nullptr;
  stn::kernel::settings settings;
};

struct plan {
  std::vector<planned_plugin>
      plugins;  // in manifest order; those left out (required = false) are missing
  std::vector<size_t> start_order;  // indexes: providers before those who need them
};

// Everything that can be judged without loading: E105, E106, E201..E207, E102 and E103 of settings. All errors go to
// `d`; the plan is usable if there is none. `m` and `index` must outlive it.
plan make_plan(const manifest &m, const module_index &index, diagnostics *d);

// Sorts by `edges` (from provider to user), ties in the order of numbers. On a cycle returns an empty list and the
// members of one cycle.
std::vector<size_t> start_order(size_t n, const std::vector<std::pair<size_t, size_t>> &edges,
                                std::vector<size_t> *cycle);

// Is `id` "stn.<point>_hook/N"?
bool is_hook_iface(std::string_view id, std::string_view point);
bool is_any_hook_iface(std::string_view id);

}  // namespace stn::kernel
