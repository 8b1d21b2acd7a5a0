#include "stanchion/protocol/batch_body.h"

#include <cstring>

#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/properties.h"

namespace stn::protocol {

bool batch_cursor::next(batch_entry *out) {
  if (rest_.empty() || !ok_) return false;
  ok_ = false;
  if (rest_.size() < k_batch_entry_overhead) return false;
  const size_t size = load_u32(rest_.data());
  if (size < k_batch_entry_overhead || size > rest_.size()) return false;
  const size_t body_len = load_u32(rest_.data() + 16);
  if (body_len > size - k_batch_entry_overhead) return false;
  const size_t properties_len = load_u16(rest_.data() + 20 + body_len);
  if (properties_len > k_properties_max ||
      properties_len != size - k_batch_entry_overhead - body_len) {
    return false;
  }
  out->flag = load_i32(rest_.data() + 12);
  out->body = rest_.substr(20, body_len);
  out->properties = rest_.substr(k_batch_entry_overhead + body_len, properties_len);
  rest_.remove_prefix(size);
  ok_ = true;
  return true;
}

size_t count_batch(std::string_view body) {
  batch_cursor cursor(body);
  batch_entry entry;
  size_t n = 0;
  while (cursor.next(&entry)) ++n;
  return cursor.ok() ? n : 0;
}

char *write_batch_entry(const batch_entry &e, char *to) {
  store_u32(to, static_cast<uint32_t>(batch_entry_size(e)));
  store_u32(to + 4, 0);
  store_u32(to + 8, 0);
  store_i32(to + 12, e.flag);
  store_u32(to + 16, static_cast<uint32_t>(e.body.size()));
  to += 20;
  if (!e.body.empty()) std::memcpy(to, e.body.data(), e.body.size());
  to += e.body.size();
  store_u16(to, static_cast<uint16_t>(e.properties.size()));
  to += 2;
  if (!e.properties.empty()) std::memcpy(to, e.properties.data(), e.properties.size());
  return to + e.properties.size();
}

}  // namespace stn::protocol
