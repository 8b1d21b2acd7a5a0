#include "stanchion/protocol/tag_expression.h"

namespace stn::protocol {
namespace {

// Java's trim: everything up to space goes.
std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

outcome parse_tag_expression(std::string_view text, tag_expression *out) {
  *out = tag_expression{};
  if (text.empty() || text == "*") {
    out->all = true;
    return {};
  }
  bool any_part = false;
  while (!text.empty()) {
    const size_t n = text.find("||");
    const std::string_view part = text.substr(0, n);
    any_part |= !part.empty();
    if (const std::string_view tag = trimmed(part); !tag.empty()) out->tags.push_back(tag);
    text = n == std::string_view::npos ? std::string_view{} : text.substr(n + 2);
  }
  return any_part ? outcome{} : outcome{errc::malformed, "subscription"};
}

}  // namespace stn::protocol
