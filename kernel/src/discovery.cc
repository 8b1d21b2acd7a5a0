#include "discovery.h"

#include <algorithm>
#include <filesystem>

#include "base.h"

namespace stn::kernel {
namespace {

namespace fs = std::filesystem;

std::string core_text(uint32_t v) {
  return std::to_string(STN_VER_MAJOR(v)) + "." + std::to_string(STN_VER_MINOR(v));
}

void judge_core(module_file *m) {
  const stn_facts &f = m->facts;
  const place where = {m->path, 0};
  const bool fits = STN_VER_MAJOR(f.core) == STN_VER_MAJOR(STN_CORE_VERSION) &&
                    STN_VER_MINOR(f.core) <= STN_VER_MINOR(STN_CORE_VERSION);
  if (!fits) {
    m->problems.error("E204", where,
                      "was built for core " + core_text(f.core) + ", this kernel has core " +
                          core_text(STN_CORE_VERSION),
                      "install the build of the plugin that belongs to this kernel");
  } else if (f.draft != STN_ABI_DRAFT) {
    m->problems.error("E204", where,
                      "was built for draft " + std::to_string(f.draft) + " of core " +
                          core_text(f.core) + ", this kernel has draft " +
                          std::to_string(STN_ABI_DRAFT),
                      "until core 1.0 is final a plugin is rebuilt with each kernel");
  }
}

void judge_agreement(module_file *m) {
  const place where = {m->path, 0};
  const auto differs = [&](const char *what, const std::string &a, const std::string &b) {
    if (a == b) return;
    m->problems.error(
        "E207", where,
        "its plugin.toml says " + std::string(what) + " " + a + ", its code says " + b,
        "rebuild it; the two are made from one plugin.toml");
  };
  differs("id", m->info.id, m->facts.id);
  differs("version", m->info.version_text, m->facts.version);
  differs("core", m->info.core_text, core_text(m->facts.core));
}

}  // namespace

module_file inspect_module(const std::string &path) {
  module_file m;
  m.path = path;
  plugin_notes notes;
  m.error = read_notes(path, &notes);
  if (m.error != note_error::none) {
    m.problems.error(m.error == note_error::other_machine ? "E206" : "E203", {path, 0},
                     std::string("is not a plugin: ") + text_of(m.error));
    return m;
  }
  m.facts = notes.facts;
  if (!read_plugin_info(notes.manifest, path, &m.info, &m.problems)) return m;
  judge_core(&m);
  judge_agreement(&m);
  return m;
}

std::vector<std::string> module_index::folders(const std::vector<std::string> &plugin_path) {
  std::vector<std::string> out;
  std::error_code ec;
  const fs::path self = fs::read_symlink("/proc/self/exe", ec);
  if (!ec) {
    const fs::path built_in = self.parent_path() / "../lib/stanchion/plugins/1";
    out.push_back(built_in.lexically_normal().string());
  }
  out.insert(out.end(), plugin_path.begin(), plugin_path.end());
  return out;
}

module_index::module_index(std::vector<std::string> folders) : folders_(std::move(folders)) {
  for (const auto &folder : folders_) {
    std::vector<std::string> files;
    std::error_code ec;
    for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
      if (at->path().extension() == ".so") files.push_back(at->path().string());
    }
    std::sort(files.begin(), files.end());
    for (const auto &file : files) modules_.push_back(inspect_module(file));
  }
}

bool module_index::belongs_to(const module_file &m, std::string_view id) const {
  if (m.info.id == id || m.facts.id == id) return true;
  if (!m.info.id.empty()) return false;
  const std::string name = fs::path(m.path).stem().string();
  return name == id || name.starts_with(std::string(id) + "-");
}

void module_index::not_found(std::string_view id, const place &where, diagnostics *d) const {
  std::vector<std::string> known;
  for (const auto &m : modules_) {
    if (!m.info.id.empty()) known.push_back(m.info.id);
  }
  std::string hint = did_you_mean(id, known);
  if (!hint.empty()) hint += " ";
  d->error("E201", where, "no plugin " + std::string(id) + " is installed",
           hint + "searched: " + join(folders_, ", "));
}

const module_file *module_index::find(std::string_view id, std::string_view constraint,
                                      const place &where, diagnostics *d) const {
  const auto wanted = version_constraint::parse(constraint).value_or(version_constraint());
  std::vector<const module_file *> candidates;
  for (const auto &m : modules_) {
    if (belongs_to(m, id)) candidates.push_back(&m);
  }
  if (candidates.empty()) {
    not_found(id, where, d);
    return nullptr;
  }
  const module_file *best = nullptr;
  std::vector<std::string> versions;
  for (const module_file *m : candidates) {
    const bool known = !m->info.version_text.empty();
    if (known) versions.push_back(m->info.version_text + " (" + m->path + ")");
    if (known && !wanted.matches(m->info.version)) continue;
    if (best == nullptr || m->info.version > best->info.version) best = m;
  }
  if (best == nullptr) {
    d->error("E202", where,
             std::string(id) + ": no installed version meets \"" + std::string(constraint) + "\"",
             "found: " + join(versions, ", "));
    return nullptr;
  }
  if (best->usable()) return best;
  for (const auto &p : best->problems.all()) {
    d->error(p.code, where,
             std::string(id) + ": " + p.where.file +
                 (p.where.line > 0 ? " (plugin.toml:" + std::to_string(p.where.line) + ")" : "") +
                 " " + p.text,
             p.hint);
  }
  return nullptr;
}

}  // namespace stn::kernel
