#include "version.h"

#include <charconv>

namespace stn::kernel {
namespace {

std::string_view trim(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

size_t parts_of(std::string_view s) {
  size_t n = 1;
  for (const char c : s) n += c == '.' ? 1 : 0;
  return n;
}

}  // namespace

std::optional<version> parse_version(std::string_view text) {
  uint32_t part[3] = {0, 0, 0};
  const char *at = text.data();
  const char *end = text.data() + text.size();
  for (int i = 0; i < 3; i++) {
    const auto [next, ec] = std::from_chars(at, end, part[i]);
    if (ec != std::errc() || next == at || *at == '-') return std::nullopt;
    at = next;
    if (at == end) return version{part[0], part[1], part[2]};
    if (*at != '.') return std::nullopt;
    at++;
  }
  return std::nullopt;
}

std::optional<version_constraint> version_constraint::parse(std::string_view text) {
  version_constraint c;
  text = trim(text);
  if (text.empty() || text == "*") return c;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    std::string_view term = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    using op = bound::op;
    static constexpr struct {
      std::string_view sign;
      op compare;
    } k_signs[] = {{">=", op::ge}, {"<=", op::le}, {">", op::gt}, {"<", op::lt}, {"=", op::eq}};
    const auto *sign = std::begin(k_signs);
    while (sign != std::end(k_signs) && !term.starts_with(sign->sign)) sign++;
    const bool is_range = sign == std::end(k_signs);
    if (!is_range) {
      term.remove_prefix(sign->sign.size());
    } else if (term.starts_with("~")) {
      term.remove_prefix(1);
    }
    const auto v = parse_version(trim(term));
    if (!v) return std::nullopt;
    if (!is_range) {
      c.bounds_.push_back({sign->compare, *v});
      continue;
    }
    c.bounds_.push_back({op::ge, *v});
    const version next =
        parts_of(term) == 1 ? version{v->major + 1, 0, 0} : version{v->major, v->minor + 1, 0};
    c.bounds_.push_back({op::lt, next});
  }
  return c;
}

bool version_constraint::matches(const version &v) const {
  for (const auto &b : bounds_) {
    const auto order = v <=> b.limit;
    bool ok = false;
    switch (b.compare) {
      case bound::op::ge:
        ok = order >= 0;
        break;
      case bound::op::gt:
        ok = order > 0;
        break;
      case bound::op::le:
        ok = order <= 0;
        break;
      case bound::op::lt:
        ok = order < 0;
        break;
      case bound::op::eq:
        ok = order == 0;
        break;
    }
    if (!ok) return false;
  }
  return true;
}

}  // namespace stn::kernel
