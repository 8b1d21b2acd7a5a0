#include "stanchion/protocol/frame.h"

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {

frame_status find_frame(std::string_view data, size_t limit, frame *out) {
  *out = frame{};
  if (data.size() < 4) return frame_status::need_more;
  const size_t length = load_u32(data.data());
  if (length < 4) return frame_status::lies;
  if (length + 4 > limit) return frame_status::too_large;
  out->total = length + 4;
  if (data.size() < k_frame_prefix) return frame_status::need_more;
  const uint32_t word = load_u32(data.data() + 4);
  const uint32_t type = word >> 24;
  const size_t header = word & 0xffffff;
  if (type > static_cast<uint32_t>(serialize_type::binary)) return frame_status::unknown_type;
  if (header > length - 4) return frame_status::lies;
  if (data.size() < out->total) return frame_status::need_more;
  out->type = static_cast<serialize_type>(type);
  out->header = data.substr(k_frame_prefix, header);
  out->body = data.substr(k_frame_prefix + header, length - 4 - header);
  return frame_status::ok;
}

}  // namespace stn::protocol
