// schema.h - the [settings.*] of a plugin.toml, and settings checked against them.
//
// Checked settings are flat: path ("listen[0].address") to value, with every default filled in; durations are
// nanoseconds, sizes bytes, booleans 0 or 1, floats their text. All functions are [any]; nothing here blocks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.h"
#include "node.h"

namespace stn::kernel {

enum class setting_type : uint8_t {
  string,
  integer,
  real,
  boolean,
  duration,
  bytes,
  address,
  path,
  array,
  table
};

struct key_spec {
  std::string name;
  setting_type type = setting_type::string;
  bool required = false;
  bool secret = false;
  std::optional<node> fallback;  // `default`
  std::optional<double> min;     // of the number, the length of a string or of an array
  std::optional<double> max;
  std::string min_text, max_text;  // as written, for messages
  std::vector<std::string> one_of;
  std::string doc;
  std::vector<key_spec>
      items;  // array of scalars: one without name; array of tables and table: the fields
};

struct setting_value {
  bool is_text = false;
  std::string text;
  int64_t number = 0;
  bool secret = false;
};

struct settings {
  std::map<std::string, setting_value, std::less<>> values;
  std::map<std::string, uint32_t, std::less<>> counts;  // elements of arrays
};

const char *name_of(setting_type t);

// Reads the table [settings] of a plugin.toml; errors are reported as E103 of that file.
std::vector<key_spec> read_schema(const node &table, const std::string &file, diagnostics *d);

// Checks a [plugin.settings] table (NULL: nothing set) and completes it. Errors: E102 unknown key, E103 the rest.
// `who` and `where` name the plugin and its entry in the manifest.
settings check_settings(const std::vector<key_spec> &schema, const node *table,
                        const std::string &who, const place &where, diagnostics *d);

// "1m30s" to nanoseconds, "64KiB" to bytes; nothing if it is neither.
std::optional<int64_t> parse_duration(std::string_view text);
std::optional<int64_t> parse_bytes(std::string_view text);

}  // namespace stn::kernel
