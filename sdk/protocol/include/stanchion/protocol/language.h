// stanchion/protocol/language.h - the language a peer says it is written in. Values are frozen (binary headers). [any]
#pragma once

#include <cstdint>
#include <string_view>

namespace stn::protocol {

enum class language : uint8_t {
  java = 0,
  cpp = 1,
  dotnet = 2,
  python = 3,
  delphi = 4,
  erlang = 5,
  ruby = 6,
  other = 7,
  http = 8,
  go = 9,
  php = 10,
  oms = 11,
  rust = 12,
  node_js = 13,
};

// Name as in JSON headers and bodies ("JAVA"); "OTHER" for a value without a name.
std::string_view language_name(language value);
// Unknown text gives other; it is no error on the wire.
language language_from(std::string_view name);
language language_from(uint8_t byte);

}  // namespace stn::protocol
