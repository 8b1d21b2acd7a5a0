#include "stanchion/protocol/properties.h"

#include <cstring>

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {
namespace {

// As the original: shorter entries cannot hold a name, the separator and a value.
constexpr size_t k_entry_min = 3;

bool separator_inside(std::string_view text) {
  return text.find(k_property_name_end) != std::string_view::npos ||
         text.find(k_property_end) != std::string_view::npos;
}

}  // namespace

bool property_cursor::next(property_entry *out) {
  while (!rest_.empty()) {
    const char *const begin = rest_.data();
    const auto *stop = static_cast<const char *>(std::memchr(begin, k_property_end, rest_.size()));
    const size_t size = stop == nullptr ? rest_.size() : static_cast<size_t>(stop - begin);
    const size_t whole = size + (stop == nullptr ? 0 : 1);
    rest_.remove_prefix(whole);
    if (size < k_entry_min) continue;
    const auto *middle = static_cast<const char *>(std::memchr(begin, k_property_name_end, size));
    if (middle == nullptr || middle == begin || middle == begin + size - 1) continue;
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
