// stanchion/protocol/field.h - the named values of a header ("extFields").
//
// A field is two borrowed byte ranges. Its layout is that of the plugin ABI's key-value pair, so that an array received
// through the ABI is used as it stands (fields_from). scratch is caller memory for text made on the way; nothing here
// allocates. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace stn::protocol {

// may_alias: arrays of the ABI's pair are read through this type.
struct [[gnu::may_alias]] field {
  const char *key;
  size_t key_len;
  const char *value;
  size_t value_len;

  std::string_view name() const { return {key, key_len}; }
  std::string_view text() const { return {value, value_len}; }
};
static_assert(sizeof(field) == 32);

using field_span = std::span<const field>;

inline field make_field(std::string_view name, std::string_view text) {
  return {name.data(), name.size(), text.data(), text.size()};
}

// Views n pairs {{data, len}, {data, len}} as fields.
template <class KV>
field_span fields_from(const KV *pairs, size_t n) {
  static_assert(sizeof(KV) == sizeof(field) && alignof(KV) == alignof(field),
                "not a pair of slices");
  return {reinterpret_cast<const field *>(pairs), n};
}

// The other way: fields as an array of the ABI's pair, for a response.
template <class KV>
const KV *pairs_from(const field *fields) {
  static_assert(sizeof(KV) == sizeof(field) && alignof(KV) == alignof(field),
                "not a pair of slices");
  return reinterpret_cast<const KV *>(fields);
}

// Linear search; for cold paths (typed headers decode all fields in one pass). data() == nullptr: absent.
std::string_view find_field(field_span fields, std::string_view name);

// Bump memory of the caller; used moves forward, the caller resets it.
struct scratch {
  char *data = nullptr;
  size_t capacity = 0;
  size_t used = 0;

  size_t left() const { return capacity - used; }
};

// Fills a field array in order; numbers are formatted into the scratch. When an array is full, ok() turns false and
// stays false; nothing is written behind the ends. Names must outlive the fields.
class field_writer {
 public:
  field_writer(field *fields, size_t max_fields, scratch *text)
      : fields_(fields), max_(max_fields), text_(text) {}

  void add(std::string_view name, std::string_view text);
  void add(std::string_view name, const char *text) { add(name, std::string_view(text)); }
  void add(std::string_view name, int64_t value);
  void add(std::string_view name, int32_t value) { add(name, static_cast<int64_t>(value)); }
  void add(std::string_view name, bool value) {
    add(name, std::string_view(value ? "true" : "false"));
  }

  bool ok() const { return ok_; }
  size_t size() const { return n_; }
  const field *data() const { return fields_; }
  field_span fields() const { return {fields_, n_}; }

 private:
  field *fields_;
  size_t max_;
  scratch *text_;
  size_t n_ = 0;
  bool ok_ = true;
};

}  // namespace stn::protocol
