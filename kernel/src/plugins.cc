#include <cstdio>
#include <filesystem>

#include "base.h"
#include "commands.h"
#include "configuration.h"

namespace stn::kernel {
namespace {

int usage() {
  std::fputs(
      "stanchion plugins list [--plugin-path FOLDER]...     installed plugins, by their notes\n"
      "stanchion plugins inspect FILE|ID                    everything a plugin says about itself\n"
      "stanchion plugins check MANIFEST [--var name=value]  would they load and fit together\n",
      stderr);
  return 2;
}

std::string ids_of(const std::vector<iface_ref> &refs) {
  std::vector<std::string> ids;
  for (const auto &r : refs) ids.push_back(r.id);
  return ids.empty() ? "-" : join(ids, ",");
}

int list(const arguments &a) {
  const module_index index(module_index::folders(a.plugin_path));
  int code = k_exit_ok;
  for (const auto &m : index.all()) {
    const std::string id = m.info.id.empty() ? "?" : m.info.id;
    std::printf("%-24s %-8s %-8s %-36s %s\n", id.c_str(), m.info.version_text.c_str(),
                m.usable() ? "ok" : "refused", ids_of(m.info.provides).c_str(), m.path.c_str());
    if (m.usable()) continue;
    std::fputs(m.problems.format().c_str(), stderr);
    code = k_exit_config;
  }
  return code;
}

std::string range_of(const key_spec &k) {
  std::string out;
  if (k.min) out += " min " + k.min_text;
  if (k.max) out += " max " + k.max_text;
  if (!k.one_of.empty()) out += " one of " + join(k.one_of, "|");
  return out;
}

void print_keys(const std::vector<key_spec> &keys, const std::string &indent) {
  for (const auto &k : keys) {
    const std::string name = k.name.empty() ? "(element)" : k.name;
    std::printf("%s%s: %s%s%s%s%s\n", indent.c_str(), name.c_str(), name_of(k.type),
                k.required ? " required" : "", range_of(k).c_str(), k.doc.empty() ? "" : " - ",
                k.doc.c_str());
    print_keys(k.items, indent + "  ");
  }
}

int print_module(const module_file &m) {
  std::printf("file         %s\nid           %s\nversion      %s\ncore         %s draft %u\n",
              m.path.c_str(), m.info.id.c_str(), m.info.version_text.c_str(),
              m.info.core_text.c_str(), m.facts.draft);
  std::printf(
      "license      %s\ndescription  %s\nprovides     %s\nneeds        %s\noptional     %s\n",
      m.info.license.c_str(), m.info.description.c_str(), ids_of(m.info.provides).c_str(),
      ids_of(m.info.needs).c_str(), ids_of(m.info.optional).c_str());
  std::puts("settings");
  print_keys(m.info.schema, "  ");
  return report(m.problems, k_exit_config);
}

int inspect(const arguments &a) {
  const std::string &what = a.words[1];
  std::error_code ec;
  if (what.find('/') != std::string::npos || std::filesystem::is_regular_file(what, ec)) {
    return print_module(inspect_module(std::filesystem::absolute(what, ec).string()));
  }
  const module_index index(module_index::folders(a.plugin_path));
  for (const auto &m : index.all()) {
    if (m.info.id == what || m.facts.id == what) return print_module(m);
  }
  diagnostics d;
  index.find(what, "*", {"stanchion plugins inspect", 0}, &d);
  return report(d, k_exit_config);
}

int check(const arguments &a) {
  diagnostics d;
  const auto c = read_configuration(a.words[1], a.vars, &d);
  if (const int code = report(d, k_exit_config); code != k_exit_ok) return code;
  for (const size_t i : c->plan.start_order) {
    const planned_plugin &p = c->plan.plugins[i];
    std::printf("%-24s %-8s %s\n", p.entry->name.c_str(), p.file->info.version_text.c_str(),
                p.file->path.c_str());
  }
  return k_exit_ok;
}

}  // namespace

int plugins_command(const arguments &a) {
  if (a.words.size() == 1 && a.words[0] == "list") return list(a);
  if (a.words.size() == 2 && a.words[0] == "inspect") return inspect(a);
  if (a.words.size() == 2 && a.words[0] == "check") return check(a);
  return usage();
}

}  // namespace stn::kernel
