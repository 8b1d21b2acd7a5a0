// discovery.h - which modules there are: every *.so of the plugin folders by what its notes say, nothing loaded.
// [ctrl] may block on the disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.h"
#include "note_reader.h"
#include "plugin_info.h"

namespace stn::kernel {

struct module_file {
  std::string path;  // absolute
  note_error error = note_error::none;
  plugin_info info;   // empty unless usable
  stn_facts facts{};  // zero unless the notes could be read
  diagnostics
      problems;  // of its notes (E203, E204, E206, E207 and of its plugin.toml); empty = may be loaded
  bool usable() const { return !problems.failed(); }
};

// Reads one file and judges it against this kernel.
module_file inspect_module(const std::string &path);

class module_index {
 public:
  // The built-in folder beside the executable, then `plugin_path`; earlier folders win for equal id and version.
  static std::vector<std::string> folders(const std::vector<std::string> &plugin_path);

  explicit module_index(std::vector<std::string> folders);

  const std::vector<module_file> &all() const { return modules_; }
  const std::vector<std::string> &searched() const { return folders_; }

  // The newest module with this id that meets the constraint, or an error: E201, E202, or those of the module itself.
  const module_file *find(std::string_view id, std::string_view constraint, const place &where,
                          diagnostics *d) const;

 private:
  bool belongs_to(const module_file &m, std::string_view id) const;
  void not_found(std::string_view id, const place &where, diagnostics *d) const;

  std::vector<std::string> folders_;
  std::vector<module_file> modules_;
};

}  // namespace stn::kernel
