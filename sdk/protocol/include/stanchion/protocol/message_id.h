// stanchion/protocol/message_id.h - the two ids of a message, as text.
//
//  offset id   hex of store host (IP 4 or 16 bytes, int32 port) and int64 position in the commit log: 32 or 56 chars
//  unique id   made by the client, property UNIQ_KEY: also 32 or 56 hex chars, other content
//
// Writing is upper case, reading takes both. No allocation. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stn::protocol {

inline constexpr size_t k_message_id_max = 56;

struct offset_message_id {
  char host[20] = {};   // IP and port as in a stored message
  size_t host_len = 0;  // 8 or 20
  int64_t phys = 0;

  std::string_view host_view() const { return {host, host_len}; }
};

// host: 8 or 20 bytes as in a stored message. Writes 32 or 56 chars at `to` and returns how many; 0 for another length.
size_t format_message_id(std::string_view host, int64_t phys, char *to);

// False unless text is 32 or 56 hex digits. A unique id parses as well: only looking the message up tells.
bool parse_message_id(std::string_view text, offset_message_id *out);

// Could be a client-made id: 32 or 56 hex digits.
bool looks_like_unique_key(std::string_view text);

}  // namespace stn::protocol
