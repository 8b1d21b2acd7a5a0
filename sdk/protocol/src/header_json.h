// header_json.h - the JSON form of a header; contract in command.h.
#pragma once

#include "stanchion/protocol/command.h"

namespace stn::protocol {

outcome decode_json_header(std::string_view in, field *fields, size_t max_fields, scratch *text,
                           command *out);
// `to` has room for json_header_max(what); returns the end.
size_t json_header_max(const outgoing &what);
char *encode_json_header(const outgoing &what, char *to);

}  // namespace stn::protocol
