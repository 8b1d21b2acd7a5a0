// stanchion/protocol/tag_expression.h - subscription expressions of type TAG: "A || B", "*".
//
// The stock rules: "*" and "" mean every message; otherwise the text is split at "||" and each part trimmed of bytes up
// to space; empty parts do not count. "||" alone is an error. An expression of blanks only is legal and matches nothing.
// Views point into the input. [any]
#pragma once

#include <string_view>
#include <vector>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct tag_expression {
  bool all = false;
  std::vector<std::string_view> tags;  // as written, duplicates kept
};

outcome parse_tag_expression(std::string_view text, tag_expression *out);

}  // namespace stn::protocol
