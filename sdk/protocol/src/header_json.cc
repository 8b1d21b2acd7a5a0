// The JSON form of a header. A reader of its own: on headers of a few hundred bytes it takes a fraction of the time of a
// general parser (bench/header_bench.cc has both), and it reads what fastjson reads, raw control characters included.
#include "header_json.h"

#include <cstring>

#include "stanchion/protocol/bytes.h"
#include "text_scan.h"

namespace stn::protocol {
namespace {

constexpr outcome k_malformed{errc::malformed, "header"};

class json_reader {
 public:
  json_reader(std::string_view in, scratch *text)
      : at_(in.data()), end_(in.data() + in.size()), text_(text) {}

  // Next character that is not white space, 0 at the end; it is not consumed.
  char peek() {
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
  // Any value as text: strings unescaped, the rest as written. *is_null tells null from "null".
  bool value(std::string_view *out, bool *is_null);

 private:
  bool escaped(const char *begin, std::string_view *out);
  bool escape(char **to);
  bool unicode_escape(char **to);
  bool hex4(uint32_t *out);
  bool skip_nested();

  const char *at_;
  const char *end_;
  scratch *text_;
  bool out_of_scratch_ = false;
};

bool json_reader::string(std::string_view *out) {
  if (!take('"')) return false;
  const char *begin = at_;
  at_ += plain_prefix<stop_at::quote>(at_, static_cast<size_t>(end_ - at_));
  if (at_ == end_) return false;
  if (*at_ == '\\') return escaped(begin, out);
  *out = {begin, static_cast<size_t>(at_ - begin)};
  ++at_;
  return true;
}

// Unescapes into the scratch. Text never grows by unescaping, so what is left of the input bounds the output.
bool json_reader::escaped(const char *begin, std::string_view *out) {
  if (text_->left() < static_cast<size_t>(end_ - begin)) {
    out_of_scratch_ = true;
    return false;
  }
  char *const first = text_->data + text_->used;
  const auto head = static_cast<size_t>(at_ - begin);
  std::memcpy(first, begin, head);
  char *to = first + head;
  while (at_ != end_) {
    if (*at_ == '"') {
      ++at_;
      *out = {first, static_cast<size_t>(to - first)};
      text_->used += out->size();
      return true;
    }
    if (*at_ == '\\') {
      if (!escape(&to)) return false;
      continue;
    }
    const size_t run = plain_prefix<stop_at::quote>(at_, static_cast<size_t>(end_ - at_));
    std::memcpy(to, at_, run);
    to += run;
    at_ += run;
  }
  return false;
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

bool json_reader::hex4(uint32_t *out) {
  if (end_ - at_ < 4) return false;
  uint32_t v = 0;
  for (int i = 0; i < 4; ++i) {
    const auto c = static_cast<unsigned char>(*at_++);
    const auto lower = static_cast<unsigned char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      v = v * 16 + (c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      v = v * 16 + (lower - 'a' + 10);
    } else {
      return false;
    }
  }
  *out = v;
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
  if (key == "code") return number("code", &out_->code);
  if (key == "flag") return number("flag", &out_->flag);
  if (key == "opaque") return number("opaque", &out_->opaque);
  if (key == "version") return number("version", &out_->version);
  if (key == "extFields") return ext_fields();
  std::string_view text;
  bool is_null = false;
  if (!json_.value(&text, &is_null)) return broken();
  if (key == "language") {
    out_->lang = is_null ? language::other : language_from(text);
  } else if (key == "remark") {
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
