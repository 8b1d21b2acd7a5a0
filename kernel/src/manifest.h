// manifest.h - a manifest file: variables replaced, structure checked; settings are still raw. [ctrl]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.h"
#include "node.h"
#include "vars.h"

namespace stn::kernel {

struct plugin_entry {
  std::string id;
  std::string version_constraint;
  std::string name;  // the id if the manifest gives none
  bool required = true;
  place where;
  node settings;  // a table; empty if the manifest has none
};

// The order of hook point `point`: interface "stn.<point>_hook/N".
struct hook_list {
  struct item {
    std::string plugin;  // id or name
    uint32_t line;
  };
  std::string point;
  std::vector<item> order;
};

struct manifest {
  std::string file;
  uint32_t io_threads = 0;  // 0 = one per core
  uint32_t blocking_threads = 4;
  uint32_t blocking_queue = 10'000;
  std::vector<std::string> plugin_path;  // absolute
  std::vector<plugin_entry> plugins;
  std::vector<hook_list> hooks;
};

// Reads and checks what can be checked without the plugins: E101..E104. `text` is the content of `file`.
manifest read_manifest(std::string_view text, const std::string &file, const var_list &overrides,
                       diagnostics *d);

// The content of the file; an unreadable one is E101.
bool read_file(const std::string &file, std::string *out, diagnostics *d);

}  // namespace stn::kernel
