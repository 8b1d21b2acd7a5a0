#include "schema.h"

#include <utility>

#include "base.h"

namespace stn::kernel {
namespace {

constexpr std::pair<const char *, setting_type> k_types[] = {
    {"string", setting_type::string},     {"int", setting_type::integer},
    {"float", setting_type::real},        {"bool", setting_type::boolean},
    {"duration", setting_type::duration}, {"bytes", setting_type::bytes},
    {"address", setting_type::address},   {"path", setting_type::path},
    {"array", setting_type::array},       {"table", setting_type::table}};

// A limit in the unit of the type: a number, or text such as "1s" and "64KiB".
std::optional<double> limit_of(const node &n, setting_type t) {
  if (n.is(node::type::integer)) return static_cast<double>(n.number);
  if (n.is(node::type::real)) return n.real;
  if (!n.is(node::type::string)) return std::nullopt;
  const auto v = t == setting_type::duration ? parse_duration(n.text) : parse_bytes(n.text);
  if (!v) return std::nullopt;
  return static_cast<double>(*v);
}

std::string text_of_limit(const node &n) {
  if (n.is(node::type::integer)) return std::to_string(n.number);
  return n.is(node::type::real) ? std::to_string(n.real) : n.text;
}

class reader {
 public:
  reader(const std::string &file, diagnostics *d) : file_(file), d_(d) {}

  std::vector<key_spec> fields(const node &table) {
    std::vector<key_spec> out;
    for (const auto &m : table.members) {
      if (!m.value.is(node::type::table)) {
        fail(m.line, "setting " + m.key + " must be a table with `type`");
        continue;
      }
      out.push_back(key(m.key, m.value, m.line));
    }
    return out;
  }

 private:
  void fail(uint32_t line, const std::string &text) { d_->error("E103", {file_, line}, text); }

  key_spec key(const std::string &name, const node &table, uint32_t line) {
    key_spec k;
    k.name = name;
    read_type(table, line, &k);
    for (const auto &m : table.members) attribute(m, &k);
    return k;
  }

  void read_type(const node &table, uint32_t line, key_spec *k) {
    const node *type = table.find("type");
    for (const auto &[word, t] : k_types) {
      if (type == nullptr || type->text != word) continue;
      k->type = t;
      return;
    }
    std::vector<std::string> words;
    for (const auto &[word, t] : k_types) words.emplace_back(word);
    fail(line, "setting " + k->name + " has no valid `type`; one of " + join(words, " "));
  }

  void attribute(const member &m, key_spec *k) {
    const node &v = m.value;
    if (m.key == "type") return;
    if (m.key == "default") {
      k->fallback = v;
    } else if (m.key == "min" || m.key == "max") {
      const auto limit = limit_of(v, k->type);
      if (!limit) fail(m.line, "setting " + k->name + ": " + m.key + " is no limit of its type");
      (m.key == "min" ? k->min : k->max) = limit;
      (m.key == "min" ? k->min_text : k->max_text) = text_of_limit(v);
    } else if (m.key == "one_of") {
      for (const auto &word : v.items) k->one_of.push_back(word.text);
    } else if (m.key == "required") {
      k->required = v.number != 0;
    } else if (m.key == "secret") {
      k->secret = v.number != 0;
    } else if (m.key == "doc") {
      k->doc = v.text;
    } else if (m.key == "items") {
      k->items = items(v, m.line);
    } else if (m.key != "restart") {
      const std::vector<std::string> known = {"type",     "default", "min",     "max", "one_of",
                                              "required", "secret",  "restart", "doc", "items"};
      d_->error("E102", {file_, m.line}, "setting " + k->name + ": unknown attribute " + m.key,
                did_you_mean(m.key, known));
    }
  }

  // [settings.KEY.items] with a `type` of its own describes scalars, otherwise each member is a field.
  std::vector<key_spec> items(const node &table, uint32_t line) {
    const node *type = table.find("type");
    if (type != nullptr && type->is(node::type::string)) return {key("", table, line)};
    return fields(table);
  }

  const std::string &file_;
  diagnostics *d_;
};

}  // namespace

const char *name_of(setting_type t) {
  for (const auto &[word, type] : k_types) {
    if (type == t) return word;
  }
  return "?";
}

std::vector<key_spec> read_schema(const node &table, const std::string &file, diagnostics *d) {
  return reader(file, d).fields(table);
}

}  // namespace stn::kernel
