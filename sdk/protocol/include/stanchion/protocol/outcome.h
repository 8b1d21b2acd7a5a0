// stanchion/protocol/outcome.h - how decoders say what is wrong with their input.
//
// An outcome is a value: a code and the name of the part that is wrong (a header field, a body key). The name points
// into static text, never into the input, so an outcome may outlive the bytes it speaks of. Nothing allocates but
// refusal_of_field. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stn::protocol {

enum class errc : uint8_t {
  ok = 0,
  malformed,        // not the syntax of this format
  truncated,        // a length points behind the end
  unknown_type,     // serialize type or magic that this version does not know
  too_large,        // over a limit of the format
  too_many_fields,  // the caller's field array is full
  no_space,         // the caller's buffer or scratch is too small
  missing_field,    // a mandatory field is absent
  bad_number,       // a field is not a number, or out of its range
  crc_mismatch,
};

struct [[nodiscard]] outcome {
  errc code = errc::ok;
  std::string_view name{};  // static text: which part

  constexpr bool ok() const { return code == errc::ok; }
};

// A short English phrase for a code, static.
constexpr std::string_view describe(errc code) {
  switch (code) {
    case errc::ok:
      return "ok";
    case errc::malformed:
      return "malformed";
    case errc::truncated:
      return "truncated";
    case errc::unknown_type:
      return "unknown type";
    case errc::too_large:
      return "too large";
    case errc::too_many_fields:
      return "too many fields";
    case errc::no_space:
      return "buffer too small";
    case errc::missing_field:
      return "mandatory field is missing";
    case errc::bad_number:
      return "not a number in range";
    case errc::crc_mismatch:
      return "checksum does not match";
  }
  return "unknown";
}

// The remark of an answer to a request whose header did not decode, worded as the original does for absent fields.
inline std::string refusal_of_field(const outcome &o) {
  const std::string_view what = o.code == errc::missing_field ? "null" : describe(o.code);
  return "the custom field <" + std::string(o.name) + "> is " + std::string(what);
}

}  // namespace stn::protocol
