#include "properties_text.h"

namespace stn::namesrv_config {

namespace {

std::string_view trimmed(std::string_view s) {
  const size_t first = s.find_first_not_of(" \t\r\f");
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(" \t\r\f") - first + 1);
}

}  // namespace

properties parse_properties(std::string_view text) {
  properties out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    const size_t sign = line.find_first_of("=:");
    const std::string_view value =
        sign == std::string_view::npos ? std::string_view() : line.substr(sign + 1);
    out.insert_or_assign(std::string(trimmed(line.substr(0, sign))), std::string(trimmed(value)));
  }
  return out;
}

std::string format_properties(const properties &p) {
  std::string out;
  for (const auto &[key, value] : p) out += key + '=' + value + '\n';
  return out;
}

}  // namespace stn::namesrv_config
