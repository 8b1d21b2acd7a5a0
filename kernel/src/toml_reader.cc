#include <toml++/toml.h>

#include <algorithm>
#include <charconv>

#include "node.h"

namespace stn::kernel {

const node *node::find(std::string_view key) const {
  for (const auto &m : members) {
    if (m.key == key) return &m.value;
  }
  return nullptr;
}

const node *node::at(std::string_view path) const {
  const node *n = this;
  while (n != nullptr && !path.empty()) {
    const size_t end = std::min(path.find_first_of(".[", 1), path.size());
    const std::string_view step = path.substr(0, end);
    path.remove_prefix(end < path.size() && path[end] == '.' ? end + 1 : end);
    if (step.front() != '[') {
      n = n->find(step);
      continue;
    }
    size_t i = n->items.size();
    std::from_chars(step.data() + 1, step.data() + step.size(), i);
    n = i < n->items.size() ? &n->items[i] : nullptr;
  }
  return n;
}

const char *name_of(node::type t) {
  switch (t) {
    case node::type::string:
      return "a string";
    case node::type::integer:
      return "an integer";
    case node::type::real:
      return "a float";
    case node::type::boolean:
      return "a boolean";
    case node::type::array:
      return "an array";
    case node::type::table:
      return "a table";
    case node::type::other:
      break;
  }
  return "a date or time";
}

std::vector<std::string> keys_of(const node &table) {
  std::vector<std::string> keys;
  for (const auto &m : table.members) keys.push_back(m.key);
  return keys;
}

namespace {

node convert(const toml::node &from) {
  node n;
  n.line = from.source().begin.line;
  if (const auto *table = from.as_table()) {
    n.kind = node::type::table;
    for (auto &&[key, value] : *table) {
      n.members.push_back({std::string(key.str()), key.source().begin.line, convert(value)});
    }
    std::stable_sort(n.members.begin(), n.members.end(),
                     [](const member &a, const member &b) { return a.line < b.line; });
  } else if (const auto *array = from.as_array()) {
    n.kind = node::type::array;
    for (auto &&item : *array) n.items.push_back(convert(item));
  } else if (const auto *s = from.as_string()) {
    n.kind = node::type::string;
    n.text = s->get();
  } else if (const auto *i = from.as_integer()) {
    n.kind = node::type::integer;
    n.number = i->get();
  } else if (const auto *f = from.as_floating_point()) {
    n.kind = node::type::real;
    n.real = f->get();
  } else if (const auto *b = from.as_boolean()) {
    n.kind = node::type::boolean;
    n.number = b->get() ? 1 : 0;
  }
  return n;
}

}  // namespace

bool read_toml(std::string_view text, const std::string &file, std::string_view code, node *out,
               diagnostics *d) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error &e = parsed.error();
    d->error(code, {file, e.source().begin.line},
             "not valid TOML: " + std::string(e.description()));
    return false;
  }
  *out = convert(parsed.table());
  return true;
}

}  // namespace stn::kernel
