// The JSON form of a header. A reader of its own: as fast as a general parser on headers of a few hundred bytes
// (bench/header_bench.cc has both), and it reads what fastjson reads, raw control characters included.
#include "header_json.h"

#include <array>
#include <cstring>

#include "stanchion/protocol/bytes.h"
#include "text_scan.h"

namespace stn::protocol {
namespace {

constexpr outcome k_malformed{errc::malformed, "header"};
constexpr ptrdiff_t k_vector = 16;

class json_reader {
 public:
  json_reader(std::string_view in, scratch *text)
      : at_(in.data()), end_(in.data() + in.size()), text_(text) {}

  // Next character that is not white space, 0 at the end; it is not consumed.
  char peek() {
    if (at_ != end_ && *at_ > ' ') return *at_;
    return peek_behind_blanks();
  }
  char peek_behind_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  bool at_end() { return peek() == '\0' && at_ == end_; }
  bool out_of_scratch() const { return out_of_scratch_; }

  bool string(std::string_view *out);
  // Takes `"name":"text",` if it stands there exactly so, nothing escaped and both parts shorter than a vector: what
  // stock peers send most. false: nothing was taken.
  bool plain_field(field *out);
  // Any value as text: strings unescaped, the rest as written. *is_null tells null from "null".
  bool value(std::string_view *out, bool *is_null);

 private:
  bool long_string(const char *begin, std::string_view *out);
  bool finish_string(const char *begin, std::string_view *out);
  bool escaped(const char *begin, std::string_view *out);
  char *copy_run(char *to);
  bool escape(char **to);
  bool unicode_escape(char **to);
  bool hex4(uint32_t *out);
  bool skip_nested();

  const char *at_;
  const char *end_;
  scratch *text_;
  bool out_of_scratch_ = false;
};

inline bool json_reader::plain_field(field *out) {
#if defined(__SSE2__)
  const char *const name = at_ + 1;
  if (end_ - at_ < 3 * k_vector || *at_ != '"') return false;
  const uint32_t name_mask = stop_mask<stop_at::quote>(name);
  if (name_mask == 0) return false;
  const char *const name_end = name + __builtin_ctz(name_mask);
  if (name_end[0] != '"' || name_end[1] != ':' || name_end[2] != '"') return false;
  const char *const text = name_end + 3;
  const uint32_t text_mask = stop_mask<stop_at::quote>(text);
  if (text_mask == 0) return false;
  const char *const text_end = text + __builtin_ctz(text_mask);
  if (text_end[0] != '"' || text_end[1] != ',') return false;
  *out = {name, static_cast<size_t>(name_end - name), text, static_cast<size_t>(text_end - text)};
  at_ = text_end + 2;
  return true;
#else
  (void)out;
  return false;
#endif
}

// Most strings end within one vector; the rest takes the loop.
inline bool json_reader::string(std::string_view *out) {
  if (!take('"')) return false;
  const char *const begin = at_;
#if defined(__SSE2__)
  if (end_ - begin >= k_vector) {
    const uint32_t mask = stop_mask<stop_at::quote>(begin);
    if (mask != 0) {
      at_ = begin + __builtin_ctz(mask);
      return finish_string(begin, out);
    }
  }
#endif
  return long_string(begin, out);
}

bool json_reader::long_string(const char *begin, std::string_view *out) {
  at_ += plain_prefix<stop_at::quote>(at_, static_cast<size_t>(end_ - at_));
  return at_ != end_ && finish_string(begin, out);
}

inline bool json_reader::finish_string(const char *begin, std::string_view *out) {
  if (*at_ == '\\') return escaped(begin, out);
  *out = {begin, static_cast<size_t>(at_ - begin)};
  ++at_;
  return true;
}

// Copies up to the next quote or backslash. Whole vectors are copied as long as source and target have room: text never
// grows by unescaping, so the target has at least the room that the source has left.
char *json_reader::copy_run(char *to) {
#if defined(__SSE2__)
  while (end_ - at_ >= k_vector) {
    const uint32_t mask = stop_mask<stop_at::quote>(at_);
    std::memcpy(to, at_, k_vector);
    const ptrdiff_t n = mask != 0 ? __builtin_ctz(mask) : k_vector;
    to += n;
    at_ += n;
    if (mask != 0) return to;
  }
#endif
  while (at_ != end_ && !stops<stop_at::quote>(*at_)) *to++ = *at_++;
  return to;
}

// Unescapes into the scratch. What is left of the input bounds the output.
bool json_reader::escaped(const char *begin, std::string_view *out) {
  if (text_->left() < static_cast<size_t>(end_ - begin)) {
    out_of_scratch_ = true;
    return false;
  }
  char *const first = text_->data + text_->used;
  at_ = begin;
  char *to = first;
  for (;;) {
    to = copy_run(to);
    if (at_ == end_) return false;
    if (*at_ == '"') break;
    if (!escape(&to)) return false;
  }
  ++at_;
  *out = {first, static_cast<size_t>(to - first)};
  text_->used += out->size();
  return true;
}

bool json_reader::escape(char **to) {
  if (end_ - at_ < 2) return false;
  const char kind = at_[1];
  at_ += 2;
  switch (kind) {
    case 'u':
      return unicode_escape(to);
    case '"':
    case '\\':
    case '/':
    case '\'':
      *(*to)++ = kind;
      return true;
    case 'b':
      *(*to)++ = '\b';
      return true;
    case 'f':
      *(*to)++ = '\f';
      return true;
    case 'n':
      *(*to)++ = '\n';
      return true;
    case 'r':
      *(*to)++ = '\r';
      return true;
    case 't':
      *(*to)++ = '\t';
      return true;
    default:
      return false;
  }
}

// 0..15, or 255.
constexpr std::array<uint8_t, 256> k_hex_values = [] {
  std::array<uint8_t, 256> out{};
  for (auto &v : out) v = 255;
  for (uint8_t i = 0; i < 10; ++i) out['0' + i] = i;
  for (uint8_t i = 0; i < 6; ++i) out['a' + i] = out['A' + i] = static_cast<uint8_t>(10 + i);
  return out;
}();

bool json_reader::hex4(uint32_t *out) {
  if (end_ - at_ < 4) return false;
  const auto digit = [&](int i) -> uint32_t {
    return k_hex_values[static_cast<unsigned char>(at_[i])];
  };
  const uint32_t a = digit(0), b = digit(1), c = digit(2), d = digit(3);
  if ((a | b | c | d) > 15) return false;
  *out = a << 12 | b << 8 | c << 4 | d;
  at_ += 4;
  return true;
}

char *put_utf8(char *to, uint32_t c) {
  if (c < 0x80) {
    *to++ = static_cast<char>(c);
    return to;
  }
  if (c < 0x800) {
    *to++ = static_cast<char>(0xc0 | (c >> 6));
  } else if (c < 0x10000) {
    *to++ = static_cast<char>(0xe0 | (c >> 12));
    *to++ = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
  } else {
    *to++ = static_cast<char>(0xf0 | (c >> 18));
    *to++ = static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    *to++ = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
  }
  *to++ = static_cast<char>(0x80 | (c & 0x3f));
  return to;
}

bool json_reader::unicode_escape(char **to) {
  uint32_t c = 0;
  if (!hex4(&c)) return false;
  if (c >= 0xd800 && c < 0xdc00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
    const char *const before = at_;
    at_ += 2;
    uint32_t low = 0;
    if (!hex4(&low)) return false;
    if (low >= 0xdc00 && low < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else {
      at_ = before;
    }
  }
  // A lone surrogate has no UTF-8 form.
  if (c >= 0xd800 && c < 0xe000) c = 0xfffd;
  *to = put_utf8(*to, c);
  return true;
}

bool json_reader::skip_nested() {
  size_t depth = 0;
  while (at_ != end_) {
    const char c = *at_++;
    if (c == '"') {
      for (;;) {
        at_ += plain_prefix<stop_at::quote>(at_, static_cast<size_t>(end_ - at_));
        if (at_ == end_) return false;
        if (*at_++ == '"') break;
        if (at_ == end_) return false;
        ++at_;
      }
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return true;
    }
  }
  return false;
}

bool is_scalar(std::string_view token) {
  if (token == "true" || token == "false" || token == "null") return true;
  bool digit = false;
  for (const char c : token) {
    if (c >= '0' && c <= '9') {
      digit = true;
    } else if (c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E') {
      return false;
    }
  }
  return digit;
}

bool json_reader::value(std::string_view *out, bool *is_null) {
  *is_null = false;
  const char c = peek();
  if (c == '"') return string(out);
  const char *const begin = at_;
  if (c == '{' || c == '[') {
    if (!skip_nested()) return false;
  } else {
    while (at_ != end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && *at_ > ' ') ++at_;
    if (!is_scalar({begin, static_cast<size_t>(at_ - begin)})) return false;
  }
  *out = {begin, static_cast<size_t>(at_ - begin)};
  *is_null = *out == "null";
  return true;
}

class header_reader {
 public:
  header_reader(std::string_view in, field *fields, size_t max_fields, scratch *text, command *out)
      : json_(in, text), fields_(fields), max_(max_fields), out_(out) {}

  outcome read();

 private:
  outcome member(std::string_view key);
  outcome ext_fields();
  outcome number(std::string_view name, int32_t *out);
  outcome broken() const {
    return json_.out_of_scratch() ? outcome{errc::no_space, "scratch"} : k_malformed;
  }

  json_reader json_;
  field *fields_;
  size_t max_;
  command *out_;
};

outcome header_reader::read() {
  if (!json_.take('{')) return k_malformed;
  if (!json_.take('}')) {
    do {
      std::string_view key;
      if (!json_.string(&key)) return broken();
      if (!json_.take(':')) return k_malformed;
      if (outcome o = member(key); !o.ok()) return o;
    } while (json_.take(','));
    if (!json_.take('}')) return k_malformed;
  }
  return json_.at_end() ? outcome{} : k_malformed;
}

outcome header_reader::number(std::string_view name, int32_t *out) {
  std::string_view text;
  bool is_null = false;
  if (!json_.value(&text, &is_null)) return broken();
  if (is_null) return {};
  return parse_int(text, out) ? outcome{} : outcome{errc::bad_number, name};
}

outcome header_reader::member(std::string_view key) {
  if (same_text(key, "code")) return number("code", &out_->code);
  if (same_text(key, "flag")) return number("flag", &out_->flag);
  if (same_text(key, "opaque")) return number("opaque", &out_->opaque);
  if (same_text(key, "version")) return number("version", &out_->version);
  if (same_text(key, "extFields")) return ext_fields();
  std::string_view text;
  bool is_null = false;
  if (!json_.value(&text, &is_null)) return broken();
  if (same_text(key, "language")) {
    out_->lang = is_null ? language::other : language_from(text);
  } else if (same_text(key, "remark")) {
    out_->remark = is_null ? std::string_view{} : text;
  }
  return {};
}

outcome header_reader::ext_fields() {
  if (json_.peek() != '{') {
    std::string_view text;
    bool is_null = false;
    return json_.value(&text, &is_null) && is_null ? outcome{} : k_malformed;
  }
  json_.take('{');
  if (json_.take('}')) return {};
  do {
    while (out_->n_fields < max_ && json_.plain_field(&fields_[out_->n_fields])) ++out_->n_fields;
    std::string_view key;
    std::string_view text;
    bool is_null = false;
    if (!json_.string(&key) || !json_.take(':') || !json_.value(&text, &is_null)) return broken();
    if (is_null) continue;
    if (out_->n_fields == max_) return {errc::too_many_fields, "extFields"};
    fields_[out_->n_fields++] = make_field(key, text);
  } while (json_.take(','));
  return json_.take('}') ? outcome{} : k_malformed;
}

}  // namespace

outcome decode_json_header(std::string_view in, field *fields, size_t max_fields, scratch *text,
                           command *out) {
  return header_reader(in, fields, max_fields, text, out).read();
}

}  // namespace stn::protocol
