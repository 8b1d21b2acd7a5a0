#include "stanchion/protocol/message_id.h"

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {
namespace {

constexpr size_t k_text_v4 = 32;
constexpr size_t k_text_v6 = 56;

char *put_hex(char *to, std::string_view bytes) {
  constexpr char k_hex[] = "0123456789ABCDEF";
  for (const char b : bytes) {
    *to++ = k_hex[(b >> 4) & 0xf];
    *to++ = k_hex[b & 0xf];
  }
  return to;
}

// 0..15, or -1.
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

size_t format_message_id(std::string_view host, int64_t phys, char *to) {
  if (host.size() != 8 && host.size() != 20) return 0;
  char position[8];
  store_i64(position, phys);
  char *const end = put_hex(put_hex(to, host), {position, sizeof(position)});
  return static_cast<size_t>(end - to);
}

bool parse_message_id(std::string_view text, offset_message_id *out) {
  if (text.size() != k_text_v4 && text.size() != k_text_v6) return false;
  char bytes[k_text_v6 / 2];
  for (size_t i = 0; i < text.size() / 2; ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  out->host_len = text.size() / 2 - 8;
  std::memcpy(out->host, bytes, out->host_len);
  out->phys = load_i64(bytes + out->host_len);
  return true;
}

bool looks_like_unique_key(std::string_view text) {
  if (text.size() != k_text_v4 && text.size() != k_text_v6) return false;
  for (const char c : text) {
    if (hex_value(c) < 0) return false;
  }
  return true;
}

}  // namespace stn::protocol
