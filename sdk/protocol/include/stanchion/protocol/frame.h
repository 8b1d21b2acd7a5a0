// stanchion/protocol/frame.h - cuts whole frames out of a byte stream.
//
//   int32 L (bytes that follow) | int32 type << 24 | H | H bytes header | L - 4 - H bytes body        big-endian, frozen
//
// Pure: looks at the bytes given, keeps nothing, copies nothing. All views point into the input. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stn::protocol {

// How the header of a frame is written; the top byte of the second word.
enum class serialize_type : uint8_t { json = 0, binary = 1 };

enum class frame_status : uint8_t {
  ok,            // *out is a whole frame
  need_more,     // every check that can be made so far holds
  too_large,     // L + 4 > limit
  lies,          // L < 4, or H > L - 4
  unknown_type,  // neither JSON nor binary
};

struct frame {
  serialize_type type = serialize_type::json;
  std::string_view header;
  std::string_view body;
  size_t total = 0;  // bytes of the frame, its length word included
};

// Limit of the stock server and clients, length word included.
inline constexpr size_t k_frame_max_default = 16u << 20;
inline constexpr size_t k_frame_prefix = 8;

// Looks at the frame that begins at data[0].
//  need_more      out->total = bytes the frame has, once 4 bytes are there; else 0
//  other failures the stream cannot be trusted any more: close the connection, answer nothing
frame_status find_frame(std::string_view data, size_t limit, frame *out);

}  // namespace stn::protocol
