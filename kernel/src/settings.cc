#include <charconv>

#include "base.h"
#include "schema.h"

namespace stn::kernel {
namespace {

bool valid_address(std::string_view s) {
  const size_t colon = s.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = s.substr(0, colon);
  const std::string_view port = s.substr(colon + 1);
  if (host.find(':') != std::string_view::npos && !(host.front() == '[' && host.back() == ']')) {
    return false;
  }
  uint16_t n = 0;
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), n);
  return ec == std::errc() && end == port.data() + port.size();
}

// Text that came out of ${...} may stand for a value of another kind.
node reinterpret(const node &n, setting_type t) {
  node out = n;
  if (!n.substituted || !n.is(node::type::string)) return out;
  if (t == setting_type::boolean && (n.text == "true" || n.text == "false")) {
    out.kind = node::type::boolean;
    out.number = n.text == "true" ? 1 : 0;
  } else if (t == setting_type::integer) {
    const auto [end, ec] =
        std::from_chars(n.text.data(), n.text.data() + n.text.size(), out.number);
    if (ec == std::errc() && end == n.text.data() + n.text.size()) out.kind = node::type::integer;
  } else if (t == setting_type::real) {
    const auto [end, ec] = std::from_chars(n.text.data(), n.text.data() + n.text.size(), out.real);
    if (ec == std::errc() && end == n.text.data() + n.text.size()) out.kind = node::type::real;
  }
  return out;
}

class checker {
 public:
  checker(std::string who, place where, diagnostics *d)
      : who_(std::move(who)), where_(std::move(where)), d_(d) {}

  void table(const std::vector<key_spec> &schema, const node *t, const std::string &prefix) {
    std::vector<std::string> known;
    for (const auto &k : schema) known.push_back(k.name);
    if (t != nullptr) {
      for (const auto &m : t->members) {
        if (find(schema, m.key) != nullptr) continue;
        d_->error("E102", at(m.line), who_ + " has no setting " + prefix + m.key,
                  did_you_mean(m.key, known));
      }
    }
    for (const auto &k : schema) {
      const node *v = t != nullptr ? t->find(k.name) : nullptr;
      if (v == nullptr && k.fallback) v = &*k.fallback;
      if (v != nullptr) {
        value(k, *v, prefix + k.name);
      } else if (k.required) {
        d_->error("E103", t != nullptr && t->line > 0 ? at(t->line) : where_,
                  who_ + " needs the setting " + prefix + k.name +
                      (k.doc.empty() ? "" : " (" + k.doc + ")"));
      }
    }
  }

  settings take() { return std::move(out_); }

 private:
  static const key_spec *find(const std::vector<key_spec> &schema, std::string_view name) {
    for (const auto &k : schema) {
      if (k.name == name) return &k;
    }
    return nullptr;
  }

  place at(uint32_t line) const { return {where_.file, line > 0 ? line : where_.line}; }

  void fail(const node &n, const std::string &path, const std::string &text) {
    const bool in_manifest = n.line > 0;
    d_->error("E103", in_manifest ? at(n.line) : where_, who_ + ": " + path + " " + text);
  }

  void value(const key_spec &k, const node &raw, const std::string &path) {
    const node n = reinterpret(raw, k.type);
    switch (k.type) {
      case setting_type::array:
        array(k, n, path);
        return;
      case setting_type::table:
        sub_table(k, n, path);
        return;
      case setting_type::string:
      case setting_type::path:
      case setting_type::address:
        text(k, n, path);
        return;
      case setting_type::duration:
        measured(k, n, path, "a duration such as \"30s\"");
        return;
      case setting_type::bytes:
        measured(k, n, path, "a size such as \"64KiB\"");
        return;
      case setting_type::integer:
        if (expect(n, node::type::integer, path)) number(k, n, path, n.number);
        return;
      case setting_type::boolean:
        if (expect(n, node::type::boolean, path)) number(k, n, path, n.number);
        return;
      case setting_type::real:
        real(k, n, path);
        return;
    }
  }

  bool expect(const node &n, node::type t, const std::string &path) {
    if (n.is(t)) return true;
    fail(n, path, std::string("must be ") + name_of(t) + ", it is " + name_of(n.kind));
    return false;
  }

  bool in_range(const key_spec &k, const node &n, const std::string &path, double v,
                const char *what) {
    if (k.min && v < *k.min) {
      fail(n, path, std::string(what) + "is below the least allowed, " + k.min_text);
      return false;
    }
    if (k.max && v > *k.max) {
      fail(n, path, std::string(what) + "is above the most allowed, " + k.max_text);
      return false;
    }
    return true;
  }

  void number(const key_spec &k, const node &n, const std::string &path, int64_t v) {
    if (!in_range(k, n, path, static_cast<double>(v), "")) return;
    setting_value out;
    out.number = v;
    out.secret = k.secret;
    out_.values[path] = std::move(out);
  }

  void measured(const key_spec &k, const node &n, const std::string &path, const char *want) {
    const bool is_bytes = k.type == setting_type::bytes;
    std::optional<int64_t> v;
    if (n.is(node::type::string)) v = is_bytes ? parse_bytes(n.text) : parse_duration(n.text);
    if (is_bytes && n.is(node::type::integer) && n.number >= 0) v = n.number;
    if (!v) {
      fail(n, path,
           std::string("must be ") + want +
               (n.is(node::type::string) ? ", it is \"" + n.text + "\"" : std::string()));
      return;
    }
    number(k, n, path, *v);
  }

  void real(const key_spec &k, const node &n, const std::string &path) {
    const bool whole = n.is(node::type::integer);
    if (!whole && !expect(n, node::type::real, path)) return;
    const double v = whole ? static_cast<double>(n.number) : n.real;
    if (in_range(k, n, path, v, "")) store_text(k, path, std::to_string(v));
  }

  void text(const key_spec &k, const node &n, const std::string &path) {
    if (!expect(n, node::type::string, path)) return;
    if (k.type == setting_type::address && !n.text.empty() && !valid_address(n.text)) {
      fail(n, path, "must be \"host:port\", it is \"" + n.text + "\"");
      return;
    }
    const bool may_be_empty = !k.required || k.type == setting_type::string;
    if (n.text.empty() && !may_be_empty) {
      fail(n, path, "must not be empty");
      return;
    }
    if (!k.one_of.empty() && !contains(k.one_of, n.text)) {
      d_->error("E103", at(n.line),
                who_ + ": " + path + " must be one of " + join(k.one_of, ", ") + "; it is \"" +
                    n.text + "\"",
                did_you_mean(n.text, k.one_of));
      return;
    }
    if (in_range(k, n, path, static_cast<double>(n.text.size()), "its length ")) {
      store_text(k, path, n.text);
    }
  }

  static bool contains(const std::vector<std::string> &words, const std::string &word) {
    for (const auto &w : words) {
      if (w == word) return true;
    }
    return false;
  }

  void store_text(const key_spec &k, const std::string &path, std::string text) {
    setting_value out;
    out.is_text = true;
    out.text = std::move(text);
    out.secret = k.secret;
    out_.values[path] = std::move(out);
  }

  // Text stands for an array of scalars when it lists them with ";", as --var can give text only.
  static std::vector<node> split(const node &n) {
    std::vector<node> items;
    std::string_view rest = n.text;
    while (!rest.empty()) {
      const size_t end = rest.find(';');
      node item;
      item.kind = node::type::string;
      item.line = n.line;
      item.substituted = true;
      item.text = rest.substr(0, end);
      if (!item.text.empty()) items.push_back(std::move(item));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return items;
  }

  void array(const key_spec &k, const node &n, const std::string &path) {
    const bool of_scalars = k.items.size() == 1 && k.items[0].name.empty();
    std::vector<node> items;
    if (of_scalars && n.is(node::type::string)) {
      items = split(n);
    } else if (expect(n, node::type::array, path)) {
      items = n.items;
    } else {
      return;
    }
    if (!in_range(k, n, path, static_cast<double>(items.size()), "its number of elements ")) return;
    out_.counts[path] = static_cast<uint32_t>(items.size());
    for (size_t i = 0; i < items.size(); i++) {
      const std::string element = path + "[" + std::to_string(i) + "]";
      if (of_scalars) {
        value(k.items[0], items[i], element);
      } else if (expect(items[i], node::type::table, element)) {
        table(k.items, &items[i], element + ".");
      }
    }
  }

  void sub_table(const key_spec &k, const node &n, const std::string &path) {
    if (expect(n, node::type::table, path)) table(k.items, &n, path + ".");
  }

  std::string who_;
  place where_;
  diagnostics *d_;
  settings out_;
};

}  // namespace

settings check_settings(const std::vector<key_spec> &schema, const node *table,
                        const std::string &who, const place &where, diagnostics *d) {
  checker c(who, where, d);
  if (table != nullptr && !table->is(node::type::table)) {
    d->error("E103", where, who + ": settings must be a table");
    table = nullptr;
  }
  c.table(schema, table, "");
  return c.take();
}

}  // namespace stn::kernel
