#include "stanchion/protocol/command.h"

#include "header_binary.h"
#include "header_json.h"
#include "stanchion/protocol/bytes.h"

namespace stn::protocol {

outcome decode_header(const frame &in, field *fields, size_t max_fields, scratch *text,
                      command *out) {
  *out = command{};
  out->fields = fields;
  switch (in.type) {
    case serialize_type::json:
      return decode_json_header(in.header, fields, max_fields, text, out);
    case serialize_type::binary:
      return decode_binary_header(in.header, fields, max_fields, out);
  }
  return {errc::unknown_type, "serialize type"};
}

size_t encoded_size_max(const outgoing &what) {
  return k_frame_prefix +
         (what.type == serialize_type::json ? json_header_max(what) : binary_header_size(what));
}

size_t encode_command(const outgoing &what, char *to, size_t capacity) {
  constexpr size_t k_header_max = 0xffffff;
  if (capacity < encoded_size_max(what)) return 0;
  char *const header = to + k_frame_prefix;
  const char *const end = what.type == serialize_type::json ? encode_json_header(what, header)
                                                            : encode_binary_header(what, header);
  const auto header_len = static_cast<size_t>(end - header);
  const size_t length = 4 + header_len + what.body_len;
  if (header_len > k_header_max || length > INT32_MAX) return 0;
  store_u32(to, static_cast<uint32_t>(length));
  store_u32(to + 4, static_cast<uint32_t>(what.type) << 24 | static_cast<uint32_t>(header_len));
  return k_frame_prefix + header_len;
}

}  // namespace stn::protocol
