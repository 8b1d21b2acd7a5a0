// decoded.h - test support: a frame with everything its decoded command points at.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "stanchion/protocol/command.h"

namespace stn::protocol {

struct decoded {
  const std::string bytes;
  frame in;
  command cmd;
  outcome result;
  std::array<field, 64> fields{};
  std::string text;

  explicit decoded(std::string whole) : bytes(std::move(whole)) {
    EXPECT_EQ(find_frame(bytes, k_frame_max_default, &in), frame_status::ok);
    text.resize(in.header.size());
    scratch mem{text.data(), text.size(), 0};
    result = decode_header(in, fields.data(), fields.size(), &mem, &cmd);
  }
  decoded(const decoded &) = delete;
  decoded &operator=(const decoded &) = delete;
};

inline std::string encoded(const outgoing &what, std::string_view body = {}) {
  outgoing sized = what;
  sized.body_len = body.size();
  std::string out(encoded_size_max(sized), '\0');
  const size_t n = encode_command(sized, out.data(), out.size());
  EXPECT_NE(n, 0u);
  out.resize(n);
  return out.append(body);
}

// A JSON frame around a header written by hand.
inline std::string json_frame(std::string_view header, std::string_view body = {}) {
  const auto word = [](size_t v) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
    return out;
  };
  std::string out = word(4 + header.size() + body.size()) + word(header.size());
  return out.append(header).append(body);
}

// What an outgoing must say to give `cmd` again.
inline outgoing again(const decoded &d) {
  outgoing out;
  out.type = d.in.type;
  out.lang = d.cmd.lang;
  out.code = d.cmd.code;
  out.opaque = d.cmd.opaque;
  out.flag = d.cmd.flag;
  out.version = d.cmd.version;
  out.remark = d.cmd.remark;
  out.fields = d.cmd.fields;
  out.n_fields = d.cmd.n_fields;
  return out;
}

}  // namespace stn::protocol
