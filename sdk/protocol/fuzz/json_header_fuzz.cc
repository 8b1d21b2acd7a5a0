// Any bytes as a stream of frames, and as a JSON header. What decodes must encode, and decode to the same again.
#include <array>
#include <cstdlib>
#include <string>

#include "stanchion/protocol/command.h"
#include "stanchion/protocol/headers/pull.h"
#include "stanchion/protocol/headers/send.h"

namespace {

using namespace stn::protocol;

struct decoded {
  std::array<field, 32> fields;
  std::string text;
  command cmd;
  bool ok;

  explicit decoded(const frame &in) : text(in.header.size(), '\0') {
    scratch mem{text.data(), text.size(), 0};
    ok = decode_header(in, fields.data(), fields.size(), &mem, &cmd).ok();
  }
};

void must(bool holds) {
  if (!holds) std::abort();
}

void again(const command &cmd) {
  outgoing what;
  what.code = cmd.code;
  what.lang = cmd.lang;
  what.opaque = cmd.opaque;
  what.flag = cmd.flag;
  what.version = cmd.version;
  what.remark = cmd.remark;
  what.fields = cmd.fields;
  what.n_fields = cmd.n_fields;
  std::string bytes(encoded_size_max(what), '\0');
  bytes.resize(encode_command(what, bytes.data(), bytes.size()));
  frame in;
  must(find_frame(bytes, k_frame_max_default, &in) == frame_status::ok);
  const decoded d(in);
  must(d.ok && d.cmd.code == cmd.code && d.cmd.opaque == cmd.opaque && d.cmd.remark == cmd.remark);
  must(d.cmd.n_fields == cmd.n_fields);
  for (size_t i = 0; i < cmd.n_fields; ++i) {
    must(d.cmd.fields[i].name() == cmd.fields[i].name());
    must(d.cmd.fields[i].text() == cmd.fields[i].text());
  }
}

void one_header(const frame &in) {
  const decoded d(in);
  if (!d.ok) return;
  again(d.cmd);
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
