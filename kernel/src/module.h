// module.h - a shared object in the process: loaded once, its entry called, never unloaded. [ctrl]
#pragma once

#include <string>

#include "diagnostics.h"
#include "discovery.h"
#include "stanchion/plugin.h"

namespace stn::kernel {

// Loads the file (all symbols now, none shared) and asks it for its table, which must agree with its notes. Errors:
// E210 the loader's text, E204 the plugin's refusal, E207 note and code differ. NULL on error.
const stn_plugin *load_module(const module_file &file, const place &where, diagnostics *d);

const char *kernel_version();

}  // namespace stn::kernel
