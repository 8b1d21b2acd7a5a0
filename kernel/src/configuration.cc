#include "configuration.h"

#include <cstdio>

#include "base.h"

namespace stn::kernel {

std::unique_ptr<configuration> read_configuration(const std::string &file,
                                                  const var_list &overrides, diagnostics *d) {
  auto c = std::make_unique<configuration>();
  std::string text;
  if (!read_file(file, &text, d)) return c;
  c->file = read_manifest(text, file, overrides, d);
  c->modules = std::make_unique<module_index>(module_index::folders(c->file.plugin_path));
  c->plan = make_plan(c->file, *c->modules, d);
  return c;
}

int report(const diagnostics &d, int exit_code) {
  std::fputs(d.format().c_str(), stderr);
  if (!d.failed()) return k_exit_ok;
  std::fprintf(stderr, "%zu error%s; %s\n", d.errors(), d.errors() == 1 ? "" : "s",
               exit_code == k_exit_config ? "nothing is running" : "stopped");
  return exit_code;
}

std::string show(const configuration &c) {
  std::string out;
  for (const size_t i : c.plan.start_order) {
    const planned_plugin &p = c.plan.plugins[i];
    out += p.entry->name + " " + p.file->info.version_text + " " + p.file->path + "\n";
    for (const auto &[path, v] : p.settings.values) {
      out += "  " + path + " = ";
      if (v.secret) {
        out += "***";
      } else {
        out += v.is_text ? "\"" + v.text + "\"" : std::to_string(v.number);
      }
      out += "\n";
    }
  }
  return out;
}

}  // namespace stn::kernel
