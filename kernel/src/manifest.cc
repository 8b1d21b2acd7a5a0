#include "manifest.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base.h"
#include "version.h"

namespace stn::kernel {
namespace {

constexpr int64_t k_io_threads_max = 1024;
constexpr int64_t k_blocking_threads_max = 1024;
constexpr int64_t k_blocking_queue_max = 10'000'000;
constexpr size_t k_manifest_bytes_max = 1 << 20;

class manifest_reader {
 public:
  manifest_reader(manifest *out, diagnostics *d) : out_(out), d_(d) {}

  void read(const node &root) {
    for (const auto &m : root.members) {
      if (m.key == "kernel") {
        kernel(m);
      } else if (m.key == "plugin") {
        plugins(m);
      } else if (m.key == "hooks") {
        hooks(m);
      } else if (m.key != "vars") {
        unknown(m, "", {"vars", "kernel", "plugin", "hooks"});
      }
    }
    if (out_->plugins.empty()) {
      d_->error("E103", {out_->file, 0}, "the manifest lists no plugin", "add [[plugin]] id = ...");
    }
    check_names();
    check_hooks();
  }

 private:
  place at(uint32_t line) const { return {out_->file, line}; }
  void fail(uint32_t line, const std::string &text) { d_->error("E103", at(line), text); }
  void unknown(const member &m, const std::string &in, const std::vector<std::string> &known) {
    d_->error("E102", at(m.line), "unknown key " + in + m.key, did_you_mean(m.key, known));
  }

  bool is(const member &m, node::type t, const std::string &in) {
    if (m.value.is(t)) return true;
    fail(m.line, in + m.key + " must be " + name_of(t) + ", it is " + name_of(m.value.kind));
    return false;
  }

  void count(const member &m, const std::string &in, int64_t min, int64_t max, uint32_t *out) {
    int64_t n = m.value.number;
    const bool from_var = m.value.substituted && m.value.is(node::type::string);
    if (from_var) {
      char *end = nullptr;
      n = std::strtoll(m.value.text.c_str(), &end, 10);
      if (m.value.text.empty() || *end != '\0') n = min - 1;
    } else if (!is(m, node::type::integer, in)) {
      return;
    }
    if (n < min || n > max) {
      fail(m.line, in + m.key + " must be a number from " + std::to_string(min) + " to " +
                       std::to_string(max));
      return;
    }
    *out = static_cast<uint32_t>(n);
  }

  void kernel(const member &table) {
    if (!is(table, node::type::table, "")) return;
    for (const auto &m : table.value.members) {
      if (m.key == "io_threads") {
        count(m, "kernel.", 0, k_io_threads_max, &out_->io_threads);
      } else if (m.key == "blocking") {
        blocking(m);
      } else if (m.key == "plugin_path") {
        plugin_path(m);
      } else {
        unknown(m, "kernel.", {"io_threads", "blocking", "plugin_path"});
      }
    }
  }

  void blocking(const member &table) {
    if (!is(table, node::type::table, "kernel.")) return;
    for (const auto &m : table.value.members) {
      if (m.key == "threads") {
        count(m, "kernel.blocking.", 1, k_blocking_threads_max, &out_->blocking_threads);
      } else if (m.key == "queue") {
        count(m, "kernel.blocking.", 1, k_blocking_queue_max, &out_->blocking_queue);
      } else {
        unknown(m, "kernel.blocking.", {"threads", "queue"});
      }
    }
  }

  // Relative folders count from the folder of the manifest, never from the working directory.
  void plugin_path(const member &m) {
    if (!is(m, node::type::array, "kernel.")) return;
    std::error_code ec;
    const auto base = std::filesystem::absolute(out_->file, ec).parent_path();
    for (const auto &item : m.value.items) {
      if (!item.is(node::type::string) || item.text.empty()) {
        fail(m.line, "kernel.plugin_path must be an array of folders");
        continue;
      }
      out_->plugin_path.push_back((base / item.text).lexically_normal().string());
    }
  }

  void plugins(const member &array) {
    if (!is(array, node::type::array, "")) return;
    for (const auto &item : array.value.items) {
      if (item.is(node::type::table)) plugin(item);
    }
  }

  void plugin(const node &table) {
    plugin_entry p;
    p.where = at(table.line);
    p.settings.kind = node::type::table;
    for (const auto &m : table.members) {
      if (m.key == "id" || m.key == "version" || m.key == "name") {
        if (!is(m, node::type::string, "plugin.")) continue;
        (m.key == "id" ? p.id : m.key == "name" ? p.name : p.version_constraint) = m.value.text;
      } else if (m.key == "required") {
        if (is(m, node::type::boolean, "plugin.")) p.required = m.value.number != 0;
      } else if (m.key == "settings") {
        if (is(m, node::type::table, "plugin.")) p.settings = m.value;
      } else {
        unknown(m, "plugin.", {"id", "version", "name", "required", "settings"});
      }
    }
    if (!p.settings.members.empty()) p.settings.line = p.settings.members.front().line;
    if (p.id.empty()) {
      fail(table.line, "[[plugin]] without id");
      return;
    }
    if (p.name.empty()) p.name = p.id;
    if (!version_constraint::parse(p.version_constraint)) {
      fail(table.line, "version \"" + p.version_constraint + "\" of " + p.id +
                           " is no constraint such as \">=1.0, <2\" or \"~0.3\"");
      p.version_constraint.clear();
    }
    out_->plugins.push_back(std::move(p));
  }

  void hooks(const member &table) {
    if (!is(table, node::type::table, "")) return;
    for (const auto &m : table.value.members) {
      if (!is(m, node::type::array, "hooks.")) continue;
      hook_list list;
      list.point = m.key;
      for (const auto &item : m.value.items) list.order.push_back({item.text, item.line});
      out_->hooks.push_back(std::move(list));
    }
  }

  void check_names() {
    for (size_t i = 0; i < out_->plugins.size(); i++) {
      for (size_t j = 0; j < i; j++) {
        if (out_->plugins[i].name != out_->plugins[j].name) continue;
        d_->error("E104", out_->plugins[i].where,
                  "the name " + out_->plugins[i].name + " is used by line " +
                      std::to_string(out_->plugins[j].where.line) + " already",
                  "give one of them name = \"...\"");
        break;
      }
    }
  }

  void check_hooks() {
    std::vector<std::string> known;
    for (const auto &p : out_->plugins) {
      known.push_back(p.id);
      if (p.name != p.id) known.push_back(p.name);
    }
    for (const auto &list : out_->hooks) {
      for (const auto &item : list.order) {
        bool found = false;
        for (const auto &k : known) found |= k == item.plugin;
        if (found) continue;
        d_->error("E102", at(item.line),
                  "hooks." + list.point + " names \"" + item.plugin + "\", which is no [[plugin]]",
                  did_you_mean(item.plugin, known));
      }
    }
  }

  manifest *out_;
  diagnostics *d_;
};

}  // namespace

manifest read_manifest(std::string_view text, const std::string &file, const var_list &overrides,
                       diagnostics *d) {
  manifest out;
  out.file = file;
  node root;
  if (!read_toml(text, file, "E101", &root, d)) return out;
  const var_list vars = read_vars(root.find("vars"), overrides, file, d);
  for (auto &m : root.members) {
    if (m.key != "vars") substitute(&m.value, vars, file, d);
  }
  manifest_reader(&out, d).read(root);
  return out;
}

bool read_file(const std::string &file, std::string *out, diagnostics *d) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  if (in) all << in.rdbuf();
  if (!in || !all) {
    d->error("E101", {file, 0}, "cannot be read");
    return false;
  }
  *out = all.str();
  if (out->size() > k_manifest_bytes_max) {
    d->error("E101", {file, 0}, "is larger than 1 MiB");
    return false;
  }
  return true;
}

}  // namespace stn::kernel
