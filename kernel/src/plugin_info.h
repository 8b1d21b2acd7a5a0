// plugin_info.h - a plugin.toml as read from the note of a module. [any]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.h"
#include "schema.h"
#include "version.h"

namespace stn::kernel {

// "stn.store/1" or "stn.store/1.2": name/REVISION with the least minor; minors count up from 0.
struct iface_ref {
  std::string id;  // "stn.store/1"
  uint32_t minor = 0;
};

std::optional<iface_ref> parse_iface(std::string_view text);

// Interfaces of the kernel itself; no plugin provides them.
bool is_host_iface(std::string_view id);

struct plugin_info {
  std::string id;
  std::string version_text;
  stn::kernel::version version;
  std::string core_text;
  std::string license;
  std::string description;
  std::vector<iface_ref> provides;
  std::vector<iface_ref> needs;
  std::vector<iface_ref> optional;
  std::vector<key_spec> schema;
};

// Reads the text of a plugin.toml. Errors are E207 (not a description of a plugin) or those of the schema, all with
// `file` as place. Returns false if the result cannot be used.
bool read_plugin_info(std::string_view text, const std::string &file, plugin_info *out,
                      diagnostics *d);

}  // namespace stn::kernel
