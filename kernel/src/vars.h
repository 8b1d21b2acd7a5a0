// vars.h - the [vars] of a manifest: ${name}, ${name+N} and ${name-N} inside strings. [any]
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diagnostics.h"
#include "node.h"

namespace stn::kernel {

struct var {
  std::string name;
  std::string value;
};
using var_list = std::vector<var>;

// Reads the table [vars] and lays `overrides` (name, value of --var) over it.
var_list read_vars(const node *table, const var_list &overrides, const std::string &file,
                   diagnostics *d);

// Replaces the references in every string below `n`, marks it as substituted and keeps what was written. "$${" stands
// for "${".
void substitute(node *n, const var_list &vars, const std::string &file, diagnostics *d);

// The names that `text` refers to, as often as it does.
std::vector<std::string> references(std::string_view text);

}  // namespace stn::kernel
