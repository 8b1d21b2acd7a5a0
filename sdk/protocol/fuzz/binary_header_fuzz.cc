// Any bytes as a binary header. What decodes must encode, and decode to the same fields again.
#include <array>
#include <cstdlib>
#include <string>

#include "stanchion/protocol/command.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace stn::protocol;
  const std::string copy(reinterpret_cast<const char *>(data), size);
  frame in;
  in.type = serialize_type::binary;
  in.header = copy;
  std::array<field, 32> fields;
  std::array<field, 32> fields_again;
  scratch none{};
  command cmd;
  if (!decode_header(in, fields.data(), fields.size(), &none, &cmd).ok()) return 0;
  outgoing what;
  what.type = serialize_type::binary;
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
  command back;
  if (find_frame(bytes, size_t{1} << 31, &in) != frame_status::ok ||
      !decode_header(in, fields_again.data(), fields_again.size(), &none, &back).ok() ||
      back.n_fields != cmd.n_fields || back.remark != cmd.remark || back.code != cmd.code) {
    std::abort();
  }
  for (size_t i = 0; i < cmd.n_fields; ++i) {
    if (fields[i].name() != fields_again[i].name()) std::abort();
    if (fields[i].text() != fields_again[i].text()) std::abort();
  }
  return 0;
}
