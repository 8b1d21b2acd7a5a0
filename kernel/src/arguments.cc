#include "commands.h"

namespace stn::kernel {
namespace {

// "--name=value" or "--name value".
bool take_value(std::string_view option, std::string_view name, int argc, char **argv, int *i,
                std::string *value, std::string *why) {
  if (option.size() > name.size() && option[name.size()] == '=') {
    *value = option.substr(name.size() + 1);
    return true;
  }
  if (*i + 1 >= argc) {
    *why = std::string(name) + " needs a value";
    return false;
  }
  *value = argv[++*i];
  return true;
}

bool add_var(const std::string &text, arguments *out, std::string *why) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    *why = "--var " + text + ": write --var name=value";
    return false;
  }
  out->vars.push_back({text.substr(0, equals), text.substr(equals + 1)});
  return true;
}

}  // namespace

bool parse_arguments(int argc, char **argv, int from, arguments *out, std::string *why) {
  for (int i = from; i < argc; i++) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--")) {
      out->words.emplace_back(word);
      continue;
    }
    const std::string_view name = word.substr(0, word.find('='));
    std::string value;
    if (name == "--show") {
      out->show = true;
    } else if (name == "--var" || name == "--metrics" || name == "--log-level" ||
               name == "--plugin-path") {
      if (!take_value(word, name, argc, argv, &i, &value, why)) return false;
      if (name == "--var" && !add_var(value, out, why)) return false;
      if (name == "--metrics") out->metrics_file = value;
      if (name == "--log-level") out->log_level = value;
      if (name == "--plugin-path") out->plugin_path.push_back(value);
    } else {
      *why = "unknown option " + std::string(name);
      return false;
    }
  }
  return true;
}

}  // namespace stn::kernel
