#include "record.h"

#include <algorithm>
#include <cstring>

#include "body_crc.h"
#include "stanchion/protocol/java_string.h"
#include "stanchion/protocol/properties.h"

namespace stn::store_mmap {
namespace {

// Names and properties are short. Whole words, of which the last may overlap the one before, need no call.
template <class word>
void copy_words(char *to, const char *from, size_t n) {
  word w;
  for (size_t at = 0; at + sizeof(w) < n; at += sizeof(w)) {
    std::memcpy(&w, from + at, sizeof(w));
    std::memcpy(to + at, &w, sizeof(w));
  }
  std::memcpy(&w, from + n - sizeof(w), sizeof(w));
  std::memcpy(to + n - sizeof(w), &w, sizeof(w));
}

inline void copy_short(char *to, const char *from, size_t n) {
  struct pair {
    uint64_t a, b;
  };
  if (n > 256) {
    std::memcpy(to, from, n);
  } else if (n >= sizeof(pair)) {
    copy_words<pair>(to, from, n);
  } else if (n >= sizeof(uint32_t)) {
    copy_words<uint32_t>(to, from, n);
  } else {
    for (size_t i = 0; i < n; i++) to[i] = from[i];
  }
}

// Writes forward through a record.
struct writer {
  char *at;
  void u8(uint8_t v) { *at++ = static_cast<char>(v); }
  void i16(int16_t v) { protocol::store_i16(at, v), at += 2; }
  void i32(int32_t v) { protocol::store_i32(at, v), at += 4; }
  void u32(uint32_t v) { protocol::store_u32(at, v), at += 4; }
  void i64(int64_t v) { protocol::store_i64(at, v), at += 8; }
  void bytes(const void *p, size_t n) {
    copy_short(at, static_cast<const char *>(p), n);
    at += n;
  }
  // 8 or 20 bytes: lengths that the compiler knows need no call.
  void host(const stn_slice &v) {
    if (v.len == 8) {
      std::memcpy(at, v.data, 8);
    } else {
      std::memcpy(at, v.data, 20);
    }
    at += v.len;
  }
};

// Reads forward through a record; every take is bounds-checked.
struct reader {
  const char *at;
  const char *end;
  bool ok = true;
  const char *take(size_t n) {
    if (!ok || static_cast<size_t>(end - at) < n) {
      ok = false;
      return nullptr;
    }
    const char *p = at;
    at += n;
    return p;
  }
  std::string_view view(size_t n) {
    const char *p = take(n);
    return p == nullptr ? std::string_view() : std::string_view(p, n);
  }
};

}  // namespace

constexpr uint32_t k_crc_bits = 0x7FFFFFFF;

uint32_t body_crc(const void *body, size_t n) { return crc32_zlib(body, n) & k_crc_bits; }

void encode_record(const record_input &in, int64_t phys, int64_t queue_offset, int64_t store_ms,
                   uint8_t *at) {
  const stn_append &a = *in.append;
  writer w{chars(at)};
  w.u32(in.size);
  w.u32(k_magic_v1);
  w.u32(0);
  w.i32(a.queue);
  w.i32(in.flag);
  w.i64(queue_offset);
  w.i64(phys);
  w.i32(a.sysflag);
  w.i64(a.born_ms);
  w.host(a.born_host);
  w.i64(store_ms);
  w.host(a.store_host);
  w.i32(a.reconsume);
  w.i64(a.prepared_phys);
  w.u32(static_cast<uint32_t>(in.body.len));
  uint32_t crc = crc32_zlib_copy(w.at, in.body.data, in.body.len) & k_crc_bits;
  protocol::store_u32(chars(at) + k_at_crc, crc);
  w.at += in.body.len;
  w.u8(static_cast<uint8_t>(in.topic.size()));
  w.bytes(in.topic.data(), in.topic.size());
  w.i16(static_cast<int16_t>(in.props_size));
  w.bytes(in.own_props.data, in.own_props.len);
  if (in.tail_separator) w.u8(protocol::k_property_end);
  for (uint32_t i = 0; i < a.n_props; i++) w.bytes(a.props[i].data, a.props[i].len);
}

void encode_blank(uint32_t space, uint8_t *at) {
  protocol::store_u32(chars(at), space);
  protocol::store_u32(chars(at) + 4, k_magic_blank);
}

record_kind parse_record(const uint8_t *at, uint64_t space, bool with_crc, record_view *out) {
  if (space < k_blank_min) return record_kind::end;
  const char *p = chars(at);
  uint32_t size = protocol::load_u32(p);
  uint32_t magic = protocol::load_u32(p + k_at_magic);
  if (size == 0 && magic == 0) return record_kind::end;
  if (magic == k_magic_blank) return size == space ? record_kind::blank : record_kind::damaged;
  if (magic != k_magic_v1 && magic != k_magic_v2) return record_kind::damaged;
  if (size < k_record_fixed || size > space) return record_kind::damaged;
  out->size = size;
  out->crc = protocol::load_u32(p + k_at_crc);
  out->queue = protocol::load_i32(p + k_at_queue);
  out->flag = protocol::load_i32(p + k_at_queue + 4);
  out->queue_offset = protocol::load_i64(p + k_at_queue_offset);
  out->phys = protocol::load_i64(p + k_at_phys);
  out->sysflag = protocol::load_i32(p + k_at_sysflag);
  reader r{p + k_at_born_host, p + size};
  r.take(protocol::born_host_size(out->sysflag));
  if (const char *v = r.take(8)) out->store_ms = protocol::load_i64(v);
  r.take(protocol::store_host_size(out->sysflag) + 4 + 8);
  if (const char *v = r.take(4)) out->body = r.view(protocol::load_u32(v));
  if (magic == k_magic_v2) {
    if (const char *v = r.take(2)) out->topic = r.view(protocol::load_u16(v));
  } else {
    if (const char *v = r.take(1)) out->topic = r.view(static_cast<uint8_t>(*v));
  }
  if (const char *v = r.take(2)) out->props = r.view(protocol::load_u16(v));
  if (!r.ok || r.at != r.end || out->topic.empty() || out->queue < 0) return record_kind::damaged;
  if (with_crc && body_crc(out->body.data(), out->body.size()) != out->crc) {
    return record_kind::damaged;
  }
  return record_kind::message;
}

int64_t record_store_ms(const uint8_t *at) {
  int32_t sysflag = protocol::load_i32(chars(at) + k_at_sysflag);
  return protocol::load_i64(chars(at) + k_at_born_host + protocol::born_host_size(sysflag));
}

bool matches_entry(const record_view &r, uint32_t size, int64_t phys, int32_t queue,
                   int64_t queue_offset) {
  return r.size == size && r.phys == phys && r.queue == queue && r.queue_offset == queue_offset;
}

int64_t tag_column(std::string_view topic, int32_t queue, std::string_view props,
                   const tag_rule &rule, int64_t *delay) {
  *delay = -1;
  if (topic == k_delay_topic) {
    int64_t level = int64_t{queue} + 1;
    protocol::parse_int(protocol::find_property(props, protocol::property::delay), &level);
    level = std::min(level, static_cast<int64_t>(rule.levels));
    if (level > 0) {
      *delay = rule.delay_ms[level - 1];
      return 0;
    }
  }
  return protocol::tag_hash(protocol::find_property(props, protocol::property::tags));
}

}  // namespace stn::store_mmap
