// commands.h - what `stanchion WORD` does. Each returns the exit code of the process. [ctrl]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vars.h"

namespace stn::kernel {

// What follows the word on the command line.
struct arguments {
  std::vector<std::string> words;
  var_list vars;                         // --var name=value
  std::string metrics_file;              // --metrics FILE
  std::string log_level = "info";        // --log-level LEVEL
  std::vector<std::string> plugin_path;  // --plugin-path FOLDER
  bool show = false;                     // --show
};

// False with a sentence for an unknown or incomplete option.
bool parse_arguments(int argc, char **argv, int from, arguments *out, std::string *why);

int run_command(const arguments &a, uint64_t process_start_ns);
int check_command(const arguments &a);
int plugins_command(const arguments &a);
// Replaces this process by stanchion-<word> beside the executable; returns only on failure.
int tool_command(const std::string &word, char **argv);

}  // namespace stn::kernel
