#include "stanchion/protocol/message_record.h"

#include <cstring>

#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/properties.h"
#include "stanchion/protocol/sysflags.h"

namespace stn::protocol {
namespace {

// Frozen positions in front of the hosts, docs/wire.md.
constexpr size_t k_queue_offset_at = 20;
constexpr size_t k_phys_at = 28;
constexpr size_t k_born_host_at = 48;
// Store time, reconsume times, position of the half message.
constexpr size_t k_between_hosts = 8;
constexpr size_t k_after_hosts = 4 + 8;

}  // namespace

outcome lay_out(int32_t sys_flag, size_t body_len, size_t topic_len, size_t properties_len,
                record_layout *out) {
  if (topic_len == 0 || topic_len > k_topic_max) return {errc::too_large, "topic"};
  if (properties_len > k_properties_max) return {errc::too_large, "properties"};
  const size_t store_time_at = k_born_host_at + born_host_size(sys_flag);
  const size_t body_at =
      store_time_at + k_between_hosts + store_host_size(sys_flag) + k_after_hosts + 4;
  if (body_len > INT32_MAX - k_record_head_max - k_topic_max - k_properties_max - 3) {
    return {errc::too_large, "body"};
  }
  const size_t topic_at = body_at + body_len;
  const size_t properties_at = topic_at + 1 + topic_len + 2;
  out->store_time_at = static_cast<uint32_t>(store_time_at);
  out->body_at = static_cast<uint32_t>(body_at);
  out->topic_at = static_cast<uint32_t>(topic_at);
  out->properties_at = static_cast<uint32_t>(properties_at);
  out->total = static_cast<uint32_t>(properties_at + properties_len);
  out->body_len = static_cast<uint32_t>(body_len);
  out->topic_len = static_cast<uint32_t>(topic_len);
  out->properties_len = static_cast<uint32_t>(properties_len);
  return {};
}

void write_record_head(const record_layout &layout, const record_head &head, char *to) {
  store_u32(to, layout.total);
  store_u32(to + 4, k_record_magic);
  store_u32(to + 8, head.body_crc & 0x7fffffff);
  store_i32(to + 12, head.queue_id);
  store_i32(to + 16, head.flag);
  store_i64(to + k_queue_offset_at, 0);
  store_i64(to + k_phys_at, 0);
  store_i32(to + 36, head.sys_flag);
  store_i64(to + 40, head.born_ms);
  const size_t born_size = born_host_size(head.sys_flag);
  std::memcpy(to + k_born_host_at, head.born_host.data(), born_size);
  char *at = to + layout.store_time_at;
  store_i64(at, 0);
  at += k_between_hosts;
  const size_t store_size = store_host_size(head.sys_flag);
  std::memcpy(at, head.store_host.data(), store_size);
  at += store_size;
  store_i32(at, head.reconsume_times);
  store_i64(at + 4, head.prepared_phys);
  store_u32(at + k_after_hosts, layout.body_len);
}

void write_record_topic(const record_layout &layout, std::string_view topic, char *record) {
  char *at = record + layout.topic_at;
  *at++ = static_cast<char>(layout.topic_len);
  std::memcpy(at, topic.data(), layout.topic_len);
  store_u16(at + layout.topic_len, static_cast<uint16_t>(layout.properties_len));
}

void patch_record(const record_layout &layout, int64_t queue_offset, int64_t phys, int64_t store_ms,
                  char *record) {
  store_i64(record + k_queue_offset_at, queue_offset);
  store_i64(record + k_phys_at, phys);
  store_i64(record + layout.store_time_at, store_ms);
}

void write_blank(uint32_t space, char *to) {
  store_u32(to, space);
  store_u32(to + 4, k_blank_magic);
}

record_kind classify_record(std::string_view range, uint32_t *total) {
  *total = 0;
  if (range.size() < k_blank_size) return record_kind::damaged;
  const uint32_t size = load_u32(range.data());
  const uint32_t magic = load_u32(range.data() + 4);
  if (size == 0 && magic == 0) return record_kind::unwritten;
  if (size > range.size()) return record_kind::damaged;
  if (magic == k_blank_magic && size >= k_blank_size) {
    *total = size;
    return record_kind::blank;
  }
  if ((magic != k_record_magic && magic != k_record_magic_v2) || size < k_record_min) {
    return record_kind::damaged;
  }
  *total = size;
  return record_kind::message;
}

namespace {

// Topic and properties, which fill the rest of the record exactly.
bool decode_tail(std::string_view tail, record_view *out) {
  const size_t topic_word = out->magic == k_record_magic ? 1 : 2;
  if (tail.size() < topic_word) return false;
  const size_t topic_len =
      topic_word == 1 ? static_cast<unsigned char>(tail[0]) : load_u16(tail.data());
  tail.remove_prefix(topic_word);
  if (tail.size() < topic_len + 2) return false;
  out->topic = tail.substr(0, topic_len);
  const size_t properties_len = load_u16(tail.data() + topic_len);
  out->properties = tail.substr(topic_len + 2);
  return properties_len <= k_properties_max && out->properties.size() == properties_len;
}

}  // namespace

outcome decode_record(std::string_view range, record_view *out) {
  *out = record_view{};
  if (range.size() < k_record_min) return {errc::truncated, "record"};
  const char *p = range.data();
  out->total = load_u32(p);
  out->magic = load_u32(p + 4);
  if (out->magic != k_record_magic && out->magic != k_record_magic_v2) {
    return {errc::unknown_type, "magic"};
  }
  if (out->total < k_record_min) return {errc::malformed, "size"};
  if (out->total > range.size()) return {errc::truncated, "record"};
  out->body_crc = load_u32(p + 8);
  out->queue_id = load_i32(p + 12);
  out->flag = load_i32(p + 16);
  out->queue_offset = load_i64(p + k_queue_offset_at);
  out->phys = load_i64(p + k_phys_at);
  out->sys_flag = load_i32(p + 36);
  out->born_ms = load_i64(p + 40);
  const size_t born = born_host_size(out->sys_flag);
  const size_t stored = store_host_size(out->sys_flag);
  const size_t body_at = k_born_host_at + born + k_between_hosts + stored + k_after_hosts + 4;
  if (out->total < body_at) return {errc::malformed, "size"};
  out->born_host = range.substr(k_born_host_at, born);
  p += k_born_host_at + born;
  out->store_ms = load_i64(p);
  out->store_host = {p + k_between_hosts, stored};
  p += k_between_hosts + stored;
  out->reconsume_times = load_i32(p);
  out->prepared_phys = load_i64(p + 4);
  const uint32_t body_len = load_u32(p + k_after_hosts);
  if (body_len > out->total - body_at) return {errc::malformed, "body length"};
  out->body = range.substr(body_at, body_len);
  if (!decode_tail(range.substr(body_at + body_len, out->total - body_at - body_len), out)) {
    return {errc::malformed, "topic or properties length"};
  }
  return {};
}

}  // namespace stn::protocol
