// Writing the JSON form of a header, keys in the order of the stock server.
#include <cstring>

#include "header_json.h"
#include "stanchion/protocol/bytes.h"
#include "text_scan.h"

namespace stn::protocol {
namespace {

// An escaped byte becomes at most \u00XX.
constexpr size_t k_escape_max = 6;

template <size_t N>
char *put(char *to, const char (&literal)[N]) {
  std::memcpy(to, literal, N - 1);
  return to + N - 1;
}

char *put(char *to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char *put_escape(char *to, char c) {
  constexpr char k_hex[] = "0123456789ABCDEF";
  *to++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *to++ = c;
      return to;
    case '\b':
      *to++ = 'b';
      return to;
    case '\f':
      *to++ = 'f';
      return to;
    case '\n':
      *to++ = 'n';
      return to;
    case '\r':
      *to++ = 'r';
      return to;
    case '\t':
      *to++ = 't';
      return to;
    default:
      break;
  }
  to = put(to, "u00");
  *to++ = k_hex[(c >> 4) & 0xf];
  *to++ = k_hex[c & 0xf];
  return to;
}

char *put_string(char *to, std::string_view text) {
  *to++ = '"';
  if (char *const end = copy_plain(to, text)) {
    *end = '"';
    return end + 1;
  }
  while (!text.empty()) {
    const size_t run = plain_prefix<stop_at::escape>(text.data(), text.size());
    to = put(to, text.substr(0, run));
    if (run == text.size()) break;
    to = put_escape(to, text[run]);
    text.remove_prefix(run + 1);
  }
  *to++ = '"';
  return to;
}

char *put_fields(char *to, const outgoing &what) {
  to = put(to, ",\"extFields\":{");
  for (size_t i = 0; i < what.n_fields; ++i) {
    if (i != 0) *to++ = ',';
    to = put_string(to, what.fields[i].name());
    *to++ = ':';
    to = put_string(to, what.fields[i].text());
  }
  *to++ = '}';
  return to;
}

}  // namespace

size_t json_header_max(const outgoing &what) {
  constexpr size_t k_frame = 192;  // keys, punctuation, four numbers, the language
  size_t size = k_frame + what.remark.size() * k_escape_max;
  for (size_t i = 0; i < what.n_fields; ++i) {
    size += 6 + (what.fields[i].key_len + what.fields[i].value_len) * k_escape_max;
  }
  return size;
}

char *encode_json_header(const outgoing &what, char *to) {
  to = format_int(put(to, "{\"code\":"), what.code);
  if (what.n_fields != 0 || what.empty_fields) to = put_fields(to, what);
  to = format_int(put(to, ",\"flag\":"), what.flag);
  to = put(put(to, ",\"language\":\""), language_name(what.lang));
  to = format_int(put(to, "\",\"opaque\":"), what.opaque);
  if (what.remark.data() != nullptr) to = put_string(put(to, ",\"remark\":"), what.remark);
  to = put(to, ",\"serializeTypeCurrentRPC\":\"JSON\"");
  to = format_int(put(to, ",\"version\":"), what.version);
  *to++ = '}';
  return to;
}

}  // namespace stn::protocol
