// The binary form of a header:
//   int16 code | u8 language | int16 version | int32 opaque | int32 flag | int32 n, remark | int32 m, fields in m bytes
// A field is int16 length, name, int32 length, value. Frozen, docs/wire.md.
#include "header_binary.h"

#include <cstring>

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {
namespace {

constexpr outcome k_truncated{errc::truncated, "header"};
constexpr size_t k_fixed = 2 + 1 + 2 + 4 + 4;

// A text behind a length word of W bytes; false if it does not lie inside *rest.
template <class Length, Length (*load)(const char *)>
bool take_text(std::string_view *rest, std::string_view *out) {
  if (rest->size() < sizeof(Length)) return false;
  const Length n = load(rest->data());
  if (n < 0 || static_cast<size_t>(n) > rest->size() - sizeof(Length)) return false;
  *out = rest->substr(sizeof(Length), static_cast<size_t>(n));
  rest->remove_prefix(sizeof(Length) + static_cast<size_t>(n));
  return true;
}

char *put(char *to, std::string_view text) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

}  // namespace

outcome decode_binary_header(std::string_view in, field *fields, size_t max_fields, command *out) {
  if (in.size() < k_fixed) return k_truncated;
  out->code = load_i16(in.data());
  out->lang = language_from(static_cast<uint8_t>(in[2]));
  out->version = load_i16(in.data() + 3);
  out->opaque = load_i32(in.data() + 5);
  out->flag = load_i32(in.data() + 9);
  std::string_view rest = in.substr(k_fixed);
  std::string_view ext;
  if (!take_text<int32_t, load_i32>(&rest, &out->remark)) return k_truncated;
  if (out->remark.empty()) out->remark = {};
  if (!take_text<int32_t, load_i32>(&rest, &ext)) return k_truncated;
  while (!ext.empty()) {
    std::string_view key;
    std::string_view value;
    if (!take_text<int16_t, load_i16>(&ext, &key) || !take_text<int32_t, load_i32>(&ext, &value)) {
      return k_truncated;
    }
    if (out->n_fields == max_fields) return {errc::too_many_fields, "extFields"};
    fields[out->n_fields++] = make_field(key, value);
  }
  return {};
}

size_t binary_header_size(const outgoing &what) {
  size_t size = k_fixed + 4 + what.remark.size() + 4;
  for (size_t i = 0; i < what.n_fields; ++i) {
    size += 2 + what.fields[i].key_len + 4 + what.fields[i].value_len;
  }
  return size;
}

char *encode_binary_header(const outgoing &what, char *to) {
  store_u16(to, static_cast<uint16_t>(what.code));
  to[2] = static_cast<char>(what.lang);
  store_u16(to + 3, static_cast<uint16_t>(what.version));
  store_i32(to + 5, what.opaque);
  store_i32(to + 9, what.flag);
  to += k_fixed;
  store_u32(to, static_cast<uint32_t>(what.remark.size()));
  to = put(to + 4, what.remark);
  char *const ext_size = to;
  to += 4;
  for (size_t i = 0; i < what.n_fields; ++i) {
    const field &f = what.fields[i];
    store_u16(to, static_cast<uint16_t>(f.key_len));
    to = put(to + 2, f.name());
    store_u32(to, static_cast<uint32_t>(f.value_len));
    to = put(to + 4, f.text());
  }
  store_u32(ext_size, static_cast<uint32_t>(to - ext_size - 4));
  return to;
}

}  // namespace stn::protocol
