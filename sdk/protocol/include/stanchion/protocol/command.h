// stanchion/protocol/command.h - one request or response: decoding its header, encoding a new one.
//
// Both header forms decode into the same struct. Decoding copies only text that is escaped in JSON; everything else are
// views into the frame. Encoding writes the frame's prefix and header into the caller's buffer; the body follows it
// on the wire and is sent by the caller. No allocation in any function here. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stanchion/protocol/field.h"
#include "stanchion/protocol/frame.h"
#include "stanchion/protocol/language.h"
#include "stanchion/protocol/outcome.h"
#include "stanchion/protocol/sysflags.h"
#include "stanchion/protocol/version.h"

namespace stn::protocol {

struct command {
  int32_t code = 0;
  language lang = language::java;
  int32_t version = 0;
  int32_t opaque = 0;
  int32_t flag = 0;
  std::string_view remark{};  // data() == nullptr: none
  const field *fields = nullptr;
  size_t n_fields = 0;

  bool is_response() const { return (flag & k_flag_response) != 0; }
  bool is_oneway() const { return (flag & k_flag_oneway) != 0; }
  field_span field_view() const { return {fields, n_fields}; }
};

// Decodes the header of a frame. fields[0..max_fields) and text receive what the command points at, so both must live as
// long as *out; text needs at most in.header.size() bytes per frame.
//
// JSON is read leniently: any key order, unknown keys, numbers and booleans as field values (kept as their text), null
// remark, null extFields, null field values (left out), nested values (kept as their text), unknown language (other).
// Failures: malformed, truncated, bad_number (code, flag, opaque or version), too_many_fields, no_space. The header of a
// failed frame cannot be answered: its opaque is not known.
outcome decode_header(const frame &in, field *fields, size_t max_fields, scratch *text,
                      command *out);

// What encode_command writes. Views are borrowed for the call.
struct outgoing {
  serialize_type type = serialize_type::json;
  language lang = language::java;
  int32_t code = 0;
  int32_t opaque = 0;
  int32_t flag = k_flag_response;
  int32_t version = k_server_version;
  std::string_view remark{};      // data() == nullptr: left out
  const field *fields = nullptr;  // n_fields = 0: "extFields" is left out unless empty_fields
  size_t n_fields = 0;
  bool empty_fields = false;  // write "extFields":{} although there are none
  size_t body_len = 0;
};

// Bytes that encode_command needs at most for `what`.
size_t encoded_size_max(const outgoing &what);

// Writes length word, type and header at `to` and returns their size; the frame is complete when body_len bytes follow.
// 0: capacity < encoded_size_max(what), or the frame cannot be expressed (over 2^24 bytes of header, 2^31 of frame).
// JSON keys stand in the order of the stock server; text is escaped as JSON asks, UTF-8 is written as it is. A binary
// header carries the low 16 bits of the code.
size_t encode_command(const outgoing &what, char *to, size_t capacity);

}  // namespace stn::protocol
