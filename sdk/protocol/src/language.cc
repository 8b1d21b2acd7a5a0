#include "stanchion/protocol/language.h"

#include <array>

namespace stn::protocol {
namespace {

constexpr std::array<std::string_view, 14> k_names = {
    "JAVA",  "CPP",  "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY",
    "OTHER", "HTTP", "GO",     "PHP",    "OMS",    "RUST",   "NODE_JS"};

}  // namespace

std::string_view language_name(language value) {
  const auto i = static_cast<size_t>(value);
  return i < k_names.size() ? k_names[i] : k_names[static_cast<size_t>(language::other)];
}

language language_from(std::string_view name) {
  for (size_t i = 0; i < k_names.size(); ++i) {
    if (k_names[i] == name) return static_cast<language>(i);
  }
  return language::other;
}

language language_from(uint8_t byte) {
  return byte < k_names.size() ? static_cast<language>(byte) : language::other;
}

}  // namespace stn::protocol
