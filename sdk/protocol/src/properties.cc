#include "stanchion/protocol/properties.h"

#include <cstring>

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {
namespace {

// As the original: shorter entries cannot hold a name, the separator and a value.
constexpr size_t k_entry_min = 3;

constexpr uint64_t in_each_byte(uint64_t v) { return v * 0x0101010101010101; }

// The top bit of the first byte of `word` (the lowest one) that is `c`, and maybe bits above it; 0: there is none.
uint64_t mark(uint64_t word, char c) {
  const uint64_t differs = word ^ in_each_byte(static_cast<unsigned char>(c));
  return (differs - in_each_byte(0x01)) & ~differs & in_each_byte(0x80);
}

// The first of the given characters in [at, end), or end. Entries are short: eight bytes at a time without a call are
// faster than memchr.
template <char... wanted>
const char *find_first(const char *at, const char *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    if (const uint64_t found = (mark(word, wanted) | ...); found != 0) {
      return at + (__builtin_ctzll(found) >> 3);
    }
  }
  while (at != end && ((*at != wanted) && ...)) ++at;
  return at;
}

bool separator_inside(std::string_view text) {
  return text.find(k_property_name_end) != std::string_view::npos ||
         text.find(k_property_end) != std::string_view::npos;
}

}  // namespace

bool property_cursor::next(property_entry *out) {
  while (!rest_.empty()) {
    const char *const begin = rest_.data();
    const char *const end = begin + rest_.size();
    const char *const middle = find_first<k_property_name_end, k_property_end>(begin, end);
    const char *const stop = find_first<k_property_end>(middle, end);
    const auto size = static_cast<size_t>(stop - begin);
    const size_t whole = size + (stop == end ? 0 : 1);
    rest_.remove_prefix(whole);
    if (size < k_entry_min || middle == begin || middle >= stop - 1) continue;
    const auto name = static_cast<size_t>(middle - begin);
    *out = {{begin, name}, {middle + 1, size - name - 1}, {begin, whole}};
    return true;
  }
  return false;
}

std::string_view find_property(std::string_view properties, std::string_view name) {
  std::string_view found{};
  property_cursor cursor(properties);
  property_entry entry;
  while (cursor.next(&entry)) {
    if (entry.name == name) found = entry.value;
  }
  return found;
}

size_t without_property(std::string_view properties, std::string_view name, std::string_view *out,
                        size_t max) {
  size_t n = 0;
  const char *kept = properties.data();
  const char *const end = properties.data() + properties.size();
  property_cursor cursor(properties);
  property_entry entry;
  while (n + 1 < max && cursor.next(&entry)) {
    if (entry.name != name) continue;
    const auto size = static_cast<size_t>(entry.whole.data() - kept);
    if (size != 0) out[n++] = {kept, size};
    kept = entry.whole.data() + entry.whole.size();
  }
  if (kept != end && n < max) out[n++] = {kept, static_cast<size_t>(end - kept)};
  return n;
}

void scan_properties(std::string_view properties, send_properties *out) {
  *out = send_properties{};
  property_cursor cursor(properties);
  property_entry e;
  while (cursor.next(&e)) {
    switch (e.name.size()) {
      case 4:
        if (e.name == property::keys) out->keys = e.value;
        if (e.name == property::tags) out->tags = e.value;
        if (e.name == property::wait) out->wait = e.value, out->wait_entry = e.whole;
        break;
      case 5:
        if (e.name == property::delay) out->delay = e.value;
        break;
      case 6:
        if (e.name == property::producer_group) out->producer_group = e.value;
        break;
      case 8:
        if (e.name == property::unique_key) out->unique_key = e.value;
        if (e.name == property::transaction_prepared) out->transaction_prepared = e.value;
        if (e.name == property::trace_switch) out->trace_switch = e.value;
        if (e.name == property::real_queue_id) out->real_queue_id = e.value;
        break;
      case 10:
        if (e.name == property::real_topic) out->real_topic = e.value;
        if (e.name == property::msg_region) out->msg_region = e.value;
        break;
      case 11:
        if (e.name == property::retry_topic) out->retry_topic = e.value;
        break;
      default:
        break;
    }
  }
}

void property_builder::add(std::string_view name, std::string_view value) {
  const size_t size = name.size() + value.size() + 2;
  if (name.empty() || value.empty() || separator_inside(name) || separator_inside(value) ||
      size > capacity_ - size_) {
    ok_ = false;
    return;
  }
  char *to = to_ + size_;
  std::memcpy(to, name.data(), name.size());
  to += name.size();
  *to++ = k_property_name_end;
  std::memcpy(to, value.data(), value.size());
  to += value.size();
  *to = k_property_end;
  size_ += size;
}

void property_builder::add(std::string_view name, int64_t value) {
  char text[k_int_text_max];
  const char *const end = format_int(text, value);
  add(name, std::string_view(text, static_cast<size_t>(end - text)));
}

void property_builder::append(std::string_view properties) {
  if (properties.empty()) return;
  const bool closed = properties.back() == k_property_end;
  const size_t size = properties.size() + (closed ? 0 : 1);
  if (size > capacity_ - size_) {
    ok_ = false;
    return;
  }
  std::memcpy(to_ + size_, properties.data(), properties.size());
  size_ += size;
  to_[size_ - 1] = k_property_end;
}

}  // namespace stn::protocol
