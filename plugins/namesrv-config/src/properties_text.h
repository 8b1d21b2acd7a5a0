// properties_text.h - the text of Java property files, as tools send and print settings: one key=value a line. [pure]
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace stn::namesrv_config {

using properties = std::map<std::string, std::string, std::less<>>;

// Blank lines and comments (# or !) are left out; key and value are separated by '=' or ':' and trimmed; a line without
// either is a key with an empty value. Escapes of Java are not read.
properties parse_properties(std::string_view text);
std::string format_properties(const properties &p);

}  // namespace stn::namesrv_config
