// stanchion/protocol/bodies/data_version.h - the version of a broker's topic table, body of 322.
//
// Rules for every header in bodies/: decode() reads what stock peers write (bare numeric keys, beans as keys, unknown
// keys, missing keys, null), leaves defaults where a key is missing, and fails with malformed when the text is not that;
// encode() writes strictly valid compact JSON with sorted keys. encode_file() is the same with tabs and line ends, for
// files of an original store. These are cold paths and allocate. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct data_version {
  int64_t timestamp_ms = 0;
  int64_t counter = 0;
  int64_t state_version = 0;  // 5.x; written when not 0

  bool operator==(const data_version &) const = default;
};

std::string encode(const data_version &v);
outcome decode(std::string_view text, data_version *out);

}  // namespace stn::protocol
