// header_binary.h - the binary form of a header; contract in command.h.
#pragma once

#include "stanchion/protocol/command.h"

namespace stn::protocol {

outcome decode_binary_header(std::string_view in, field *fields, size_t max_fields, command *out);
// `to` has room for binary_header_size(what); returns the end.
size_t binary_header_size(const outgoing &what);
char *encode_binary_header(const outgoing &what, char *to);

}  // namespace stn::protocol
