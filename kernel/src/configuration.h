// configuration.h - a manifest with everything that its plugins' notes say about it. [ctrl]
#pragma once

#include <memory>
#include <string>

#include "diagnostics.h"
#include "discovery.h"
#include "manifest.h"
#include "plan.h"

namespace stn::kernel {

struct configuration {
  manifest file;
  std::unique_ptr<module_index> modules;
  stn::kernel::plan plan;
};

// Reads the manifest, looks for its plugins and plans; all errors are in `d` together.
std::unique_ptr<configuration> read_configuration(const std::string &file,
                                                  const var_list &overrides, diagnostics *d);

// Prints the diagnostics to stderr, with a last line that counts the errors. Returns the exit code for them.
int report(const diagnostics &d, int exit_code);

// Effective settings in start order, one `name path = value` per line; secrets are masked.
std::string show(const configuration &c);

}  // namespace stn::kernel
