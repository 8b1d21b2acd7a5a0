#include "json.h"

#include <cmath>

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {
namespace {

// Copies text and quotes keys on the way. One frame per open bracket; text inside a bean key is copied raw and quoted
// as a whole when the bean ends.
class key_quoter {
 public:
  key_quoter(std::string_view text, std::string *out) : text_(text), out_(out) {}
  bool run();

 private:
  bool key_position() const {
    return !open_.empty() && open_.back() == '{' && (last_ == '{' || last_ == ',');
  }
  bool copy_string();
  bool bare_key();
  bool bean_key();
  bool bracket(char c);

  std::string_view text_;
  std::string *out_;
  size_t at_ = 0;
  char last_ = '\0';  // last character outside of strings that is not white space
  std::string open_;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool key_quoter::copy_string() {
  const size_t begin = at_++;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  if (at_ >= text_.size()) return false;
  out_->append(text_.substr(begin, ++at_ - begin));
  last_ = '"';
  return true;
}

bool key_quoter::bare_key() {
  const size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != ':' && !is_space(text_[at_])) {
    if (text_[at_] == '"' || text_[at_] == '\\') return false;
    ++at_;
  }
  out_->append(1, '"').append(text_.substr(begin, at_ - begin)).append(1, '"');
  last_ = '"';
  return true;
}

// The end of the object at text[at], one behind its bracket; npos if there is none.
size_t object_end(std::string_view text, size_t at) {
  size_t depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
    } else if (c == '{' || c == '[') {
      if (++depth > k_json_depth_max) return std::string_view::npos;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

bool key_quoter::bean_key() {
  const size_t end = object_end(text_, at_);
  if (end == std::string_view::npos) return false;
  out_->append(1, '"');
  for (const char c : text_.substr(at_, end - at_)) {
    if (c == '"' || c == '\\') out_->append(1, '\\');
    out_->append(1, c);
  }
  out_->append(1, '"');
  at_ = end;
  last_ = '"';
  return true;
}

bool key_quoter::bracket(char c) {
  if (c == '{' || c == '[') {
    if (open_.size() == k_json_depth_max) return false;
    open_.push_back(c);
  } else {
    if (open_.empty() || open_.back() != (c == '}' ? '{' : '[')) return false;
    open_.pop_back();
  }
  return true;
}

bool key_quoter::run() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      if (!copy_string()) return false;
      continue;
    }
    if (key_position() && c == '{') {
      if (!bean_key()) return false;
      continue;
    }
    if (key_position() && ((c >= '0' && c <= '9') || c == '-')) {
      if (!bare_key()) return false;
      continue;
    }
    if ((c == '{' || c == '[' || c == '}' || c == ']') && !bracket(c)) return false;
    out_->append(1, c);
    if (!is_space(c)) last_ = c;
    ++at_;
  }
  return open_.empty();
}

const json *member(const json &object, const char *key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Numbers as numbers, as text, as booleans; false when out of range.
bool as_int(const json &v, int64_t *out) {
  if (v.is_number_unsigned()) {
    const auto u = v.get<uint64_t>();
    if (u > INT64_MAX) return false;
    *out = static_cast<int64_t>(u);
    return true;
  }
  if (v.is_number_integer()) {
    *out = v.get<int64_t>();
    return true;
  }
  if (v.is_number_float()) {
    const double d = v.get<double>();
    if (!(d > -9.2e18 && d < 9.2e18)) return false;
    *out = static_cast<int64_t>(d);
    return true;
  }
  if (v.is_string()) return parse_int(v.get_ref<const std::string &>(), out);
  if (!v.is_boolean()) return false;
  *out = v.get<bool>() ? 1 : 0;
  return true;
}

const json k_empty_object = json::object();
const json k_empty_array = json::array();

}  // namespace

bool quote_bare_keys(std::string_view text, std::string *out) {
  out->clear();
  out->reserve(text.size() + text.size() / 8);
  return key_quoter(text, out).run();
}

bool parse_object(std::string_view text, json *out) {
  std::string quoted;
  if (!quote_bare_keys(text, &quoted)) return false;
  *out = json::parse(quoted, nullptr, false);
  return out->is_object();
}

std::string text_at(const json &object, const char *key, std::string_view otherwise) {
  const json *v = member(object, key);
  if (v == nullptr || v->is_structured()) return std::string(otherwise);
  return v->is_string() ? v->get<std::string>() : compact(*v);
}

int64_t int_at(const json &object, const char *key, int64_t otherwise) {
  const json *v = member(object, key);
  int64_t n = 0;
  return v != nullptr && as_int(*v, &n) ? n : otherwise;
}

int32_t int32_at(const json &object, const char *key, int32_t otherwise) {
  const int64_t n = int_at(object, key, otherwise);
  return n < INT32_MIN || n > INT32_MAX ? otherwise : static_cast<int32_t>(n);
}

double double_at(const json &object, const char *key, double otherwise) {
  const json *v = member(object, key);
  return v != nullptr && v->is_number() ? v->get<double>() : otherwise;
}

bool bool_at(const json &object, const char *key, bool otherwise) {
  const json *v = member(object, key);
  if (v == nullptr) return otherwise;
  if (v->is_boolean()) return v->get<bool>();
  if (v->is_string()) return v->get_ref<const std::string &>() == "true";
  int64_t n = 0;
  return as_int(*v, &n) ? n != 0 : otherwise;
}

const json &object_at(const json &object, const char *key) {
  const json *v = member(object, key);
  return v != nullptr && v->is_object() ? *v : k_empty_object;
}

const json &array_at(const json &object, const char *key) {
  const json *v = member(object, key);
  return v != nullptr && v->is_array() ? *v : k_empty_array;
}

std::vector<std::string> texts_of(const json &array) {
  std::vector<std::string> out;
  for (const json &v : array) {
    if (v.is_string()) out.push_back(v.get<std::string>());
  }
  return out;
}

bool key_number(const std::string &key, int64_t *out) { return parse_int(key, out); }

std::string compact(const json &value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string pretty(const json &value) {
  return value.dump(1, '\t', false, json::error_handler_t::replace) + '\n';
}

}  // namespace stn::protocol
