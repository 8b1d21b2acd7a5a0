// node.h - a parsed TOML document as plain values with line numbers; the only form in which the kernel passes it on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.h"

namespace stn::kernel {

struct member;

struct node {
  enum class type : uint8_t { other, string, integer, real, boolean, array, table };

  type kind = type::other;
  uint32_t line = 0;
  bool substituted = false;  // text came out of ${...}: it may stand for a number or boolean
  std::string written;       // and this is what stands in the file
  std::string text;          // string
  int64_t number = 0;        // integer; boolean as 0 or 1
  double real = 0;
  std::vector<node> items;      // array
  std::vector<member> members;  // table, in the order of the file

  const node *find(std::string_view key) const;
  // The node at "listen[1].address" below a table; NULL if there is none.
  const node *at(std::string_view path) const;
  bool is(type t) const { return kind == t; }
};

struct member {
  std::string key;
  uint32_t line = 0;
  node value;
};

// "a string", "an integer", ...
const char *name_of(node::type t);

std::vector<std::string> keys_of(const node &table);

// Parses text; a syntax error is reported as `code` at its line of `file`. [any]
bool read_toml(std::string_view text, const std::string &file, std::string_view code, node *out,
               diagnostics *d);

}  // namespace stn::kernel
