// diagnostics.h - collects every error of a configuration, so that one run shows all of them.
//
// Codes: E101..E107 manifest, E201..E210 plugins, E301 life cycle. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stn::kernel {

// Where in which file; line 0 = the file as a whole.
struct place {
  std::string file;
  uint32_t line = 0;
};

struct diagnostic {
  std::string code;
  place where;
  std::string text;
  std::string hint;  // what to do; may be empty
  bool warning = false;
};

class diagnostics {
 public:
  void error(std::string_view code, const place &where, std::string text, std::string hint = {});
  void warning(std::string_view code, const place &where, std::string text, std::string hint = {});

  bool failed() const { return errors_ > 0; }
  size_t errors() const { return errors_; }
  const std::vector<diagnostic> &all() const { return all_; }

  // One or two lines each, by file and line: "conf/some.toml:14: E102 unknown key "fluhs"".
  std::string format() const;

 private:
  std::vector<diagnostic> all_;
  size_t errors_ = 0;
};

}  // namespace stn::kernel
