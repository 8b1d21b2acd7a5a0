// read_back.h - what the fuzzers of both header types share: a decoded header that owns its text, and the check that it
// can be written and read back. A broken promise ends the program.
#pragma once

#include <array>
#include <cstdlib>
#include <string>

#include "stanchion/protocol/command.h"

namespace stn::protocol {

inline void must(bool holds) {
  if (!holds) std::abort();
}

// Binary headers get no scratch: their text stays where it stands.
struct decoded {
  std::array<field, 32> fields;
  std::string text;
  command cmd;
  bool ok;

  explicit decoded(const frame &in)
      : text(in.type == serialize_type::json ? in.header.size() : 0, '\0') {
    scratch mem{text.data(), text.size(), 0};
    ok = decode_header(in, fields.data(), fields.size(), &mem, &cmd).ok();
  }
};

inline void must_read_back(const command &cmd, serialize_type type) {
  outgoing what;
  what.type = type;
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
  must(find_frame(bytes, k_frame_max_default, &in) == frame_status::ok && in.type == type);
  const decoded d(in);
  must(d.ok && d.cmd.code == cmd.code && d.cmd.opaque == cmd.opaque && d.cmd.remark == cmd.remark);
  must(d.cmd.n_fields == cmd.n_fields);
  for (size_t i = 0; i < cmd.n_fields; ++i) {
    must(d.cmd.fields[i].name() == cmd.fields[i].name());
    must(d.cmd.fields[i].text() == cmd.fields[i].text());
  }
}

}  // namespace stn::protocol
