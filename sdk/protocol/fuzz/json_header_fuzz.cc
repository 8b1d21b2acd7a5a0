// Any bytes as a stream of frames, and as a JSON header. What decodes must encode, and decode to the same again.
#include "read_back.h"
#include "stanchion/protocol/headers/pull.h"
#include "stanchion/protocol/headers/send.h"

namespace {

using namespace stn::protocol;

void one_header(const frame &in) {
  const decoded d(in);
  if (!d.ok) return;
  must_read_back(d.cmd, serialize_type::json);
  send_header send;
  pull_header pull;
  (void)decode_v2(d.cmd.field_view(), &send);
  (void)decode(d.cmd.field_view(), &send);
  (void)decode(d.cmd.field_view(), &pull);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // A copy of exact size, so that a read behind the end is seen.
  const std::string copy(reinterpret_cast<const char *>(data), size);
  std::string_view rest = copy;
  frame in;
  while (find_frame(rest, 1u << 20, &in) == frame_status::ok) {
    must(in.total <= rest.size() && in.header.size() + in.body.size() + 8 == in.total);
    one_header(in);
    rest.remove_prefix(in.total);
  }
  in = frame{};
  in.header = copy;
  one_header(in);
  return 0;
}
