// Any text as a manifest, and as the settings of a plugin with one key of each type. Seeds are the shipped manifests.
#include <cstdint>
#include <string_view>

#include "manifest.h"
#include "plugin_info.h"

namespace {

constexpr std::string_view k_plugin = R"(
id = "a"
version = "1.0.0"
core = "1.0"
settings.s = { type = "string", one_of = ["a", "b"] }
settings.i = { type = "int", min = 1, max = 9 }
settings.f = { type = "float" }
settings.b = { type = "bool" }
settings.d = { type = "duration", max = "1h" }
settings.n = { type = "bytes", min = "1KiB" }
settings.a = { type = "array", items = { x = { type = "address" }, p = { type = "path" } } }
settings.t = { type = "table", items = { x = { type = "int" } } }
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace stn::kernel;
  static const plugin_info k_info = [] {
    diagnostics d;
    plugin_info info;
    read_plugin_info(k_plugin, "plugin.toml", &info, &d);
    return info;
  }();
  diagnostics d;
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const manifest m = read_manifest(text, "fuzz.toml", {{"port", "5"}}, &d);
  for (const auto &p : m.plugins) check_settings(k_info.schema, &p.settings, p.name, p.where, &d);
  if (d.failed() && d.format().empty()) __builtin_trap();
  return 0;
}
