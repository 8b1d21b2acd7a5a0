#include "vars.h"

#include <charconv>
#include <optional>

#include "base.h"

namespace stn::kernel {
namespace {

bool is_name(std::string_view s) {
  if (s.empty()) return false;
  for (const char c : s) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

std::optional<int64_t> to_int(std::string_view s) {
  int64_t v = 0;
  const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), v);
  if (ec != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return v;
}

std::optional<std::string> text_of(const node &n) {
  switch (n.kind) {
    case node::type::string:
      return n.text;
    case node::type::integer:
      return std::to_string(n.number);
    case node::type::boolean:
      return n.number != 0 ? "true" : "false";
    default:
      return std::nullopt;
  }
}

std::vector<std::string> names_of(const var_list &vars) {
  std::vector<std::string> names;
  for (const auto &v : vars) names.push_back(v.name);
  return names;
}

var *find(var_list &vars, std::string_view name) {
  for (auto &v : vars) {
    if (v.name == name) return &v;
  }
  return nullptr;
}

class expander {
 public:
  expander(const var_list &vars, place where, diagnostics *d)
      : vars_(vars), where_(std::move(where)), d_(d) {}

  // What stands between "${" and "}".
  std::string value_of(std::string_view reference) {
    const size_t sign = reference.find_first_of("+-");
    const std::string_view name = reference.substr(0, sign);
    const var *v = find(const_cast<var_list &>(vars_), name);
    if (v == nullptr) {
      d_->error("E102", where_, "no variable ${" + std::string(name) + "} in [vars]",
                did_you_mean(name, names_of(vars_)));
      return {};
    }
    if (sign == std::string_view::npos) return v->value;
    const auto base = to_int(v->value);
    const auto offset = to_int(reference.substr(sign + 1));
    if (!base || !offset || *offset < 0 || *offset > k_offset_max || *base > k_base_max ||
        *base < -k_base_max) {
      d_->error("E103", where_,
                "${" + std::string(reference) + "} needs whole numbers; " + std::string(name) +
                    " is \"" + v->value + "\"");
      return {};
    }
    return std::to_string(reference[sign] == '+' ? *base + *offset : *base - *offset);
  }

 private:
  static constexpr int64_t k_offset_max = 1'000'000'000;
  static constexpr int64_t k_base_max = 1'000'000'000'000'000;
  const var_list &vars_;
  place where_;
  diagnostics *d_;
};

std::string expand(const std::string &text, const var_list &vars, const place &where,
                   diagnostics *d) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t open = text.find("${", at);
    out.append(text, at, open - at);
    if (open == std::string::npos) break;
    if (open > at && text[open - 1] == '$') {
      out.back() = '$';
      out += '{';
      at = open + 2;
      continue;
    }
    const size_t close = text.find('}', open);
    if (close == std::string::npos) {
      d->error("E103", where, "\"${\" without \"}\" in \"" + text + "\"");
      return out;
    }
    const std::string_view reference = std::string_view(text).substr(open + 2, close - open - 2);
    out += expander(vars, where, d).value_of(reference);
    at = close + 1;
  }
  return out;
}

}  // namespace

var_list read_vars(const node *table, const var_list &overrides, const std::string &file,
                   diagnostics *d) {
  var_list vars;
  if (table != nullptr && !table->is(node::type::table)) {
    d->error("E103", {file, table->line}, "[vars] must be a table");
  } else if (table != nullptr) {
    for (const auto &m : table->members) {
      const auto text = text_of(m.value);
      if (!is_name(m.key)) {
        d->error("E103", {file, m.line}, "variable \"" + m.key + "\": names are made of a-z 0-9 _");
      } else if (!text) {
        d->error("E103", {file, m.line},
                 "variable " + m.key + " is " + name_of(m.value.kind) +
                     "; a string, integer or boolean is needed");
      } else {
        vars.push_back({m.key, *text});
      }
    }
  }
  for (const auto &o : overrides) {
    if (var *v = find(vars, o.name)) {
      v->value = o.value;
    } else {
      d->error("E102", {file, table != nullptr ? table->line : 0},
               "--var " + o.name + ": no such variable in [vars]",
               did_you_mean(o.name, names_of(vars)));
    }
  }
  return vars;
}

void substitute(node *n, const var_list &vars, const std::string &file, diagnostics *d) {
  if (n->is(node::type::string) && n->text.find("${") != std::string::npos) {
    n->written = n->text;
    n->text = expand(n->text, vars, {file, n->line}, d);
    n->substituted = true;
  }
  for (auto &item : n->items) substitute(&item, vars, file, d);
  for (auto &m : n->members) substitute(&m.value, vars, file, d);
}

std::vector<std::string> references(std::string_view text) {
  std::vector<std::string> names;
  for (size_t at = 0; (at = text.find("${", at)) != std::string_view::npos; at += 2) {
    if (at > 0 && text[at - 1] == '$') continue;
    const std::string_view rest = text.substr(at + 2);
    names.emplace_back(rest.substr(0, rest.find_first_of("+-}")));
  }
  return names;
}

}  // namespace stn::kernel
