// stanchion/protocol/message_record.h - a message as it is stored and as pulls return it.
//
// Layout (big-endian, frozen, docs/wire.md): head, body, topic, properties. Writing is split so that a store does little
// under its lock: lay_out and write_record_head into a small buffer outside, then copy head, body and tail into place
// and patch_record. Reading checks every length against the bytes given. No allocation. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

inline constexpr uint32_t k_record_magic = 0xdaa320a7;  // topic length in one byte
inline constexpr uint32_t k_record_magic_v2 =
    0xdaa320ab;  // topic length in two bytes, written by 5.x only
inline constexpr uint32_t k_blank_magic = 0xcbd43194;  // the rest of a segment is unused
inline constexpr uint32_t k_blank_size = 8;         // bytes of a blank record that mean something
inline constexpr uint32_t k_record_head_max = 112;  // [0, body_at) with both hosts IPv6
inline constexpr uint32_t k_record_min = 91;        // IPv4 hosts, no body, topic or properties
inline constexpr uint32_t k_topic_max = 127;

// Where the parts of one record lie, in bytes from its begin.
struct record_layout {
  uint32_t total = 0;
  uint32_t store_time_at = 0;
  uint32_t body_at = 0;
  uint32_t topic_at = 0;  // of the topic's length byte
  uint32_t properties_at = 0;
  uint32_t body_len = 0;
  uint32_t topic_len = 0;
  uint32_t properties_len = 0;
};

// Sizes of a record. Hosts are IPv4 or IPv6 as sys_flag says. too_large: topic over 127 bytes or empty, properties over
// 32767, total over 2^31 - 1; the name says which.
outcome lay_out(int32_t sys_flag, size_t body_len, size_t topic_len, size_t properties_len,
                record_layout *out);

// What the head of a record holds besides the offsets that patch_record writes.
struct record_head {
  uint32_t body_crc = 0;  // CRC-32 of the body as stored; the top bit is cleared when written
  int32_t queue_id = 0;
  int32_t flag = 0;
  int32_t sys_flag = 0;
  int64_t born_ms = 0;
  std::string_view born_host;   // born_host_size(sys_flag) bytes
  std::string_view store_host;  // store_host_size(sys_flag) bytes
  int32_t reconsume_times = 0;
  int64_t prepared_phys = 0;
};

// Writes [0, body_at) at `to`: the head with zero offsets and store time, and the body's length. The hosts must have the
// sizes that sys_flag asks for.
void write_record_head(const record_layout &layout, const record_head &head, char *to);

// Writes topic length, topic and properties length at record + topic_at. The caller copies properties_len bytes to
// record + properties_at and body_len bytes to record + body_at.
void write_record_topic(const record_layout &layout, std::string_view topic, char *record);

// Sets queue offset, position and store time in a record (or in a copy of its head).
void patch_record(const record_layout &layout, int64_t queue_offset, int64_t phys, int64_t store_ms,
                  char *record);

// Marks the `space` (>= 8) bytes up to the end of a segment as unused; writes 8 bytes.
void write_blank(uint32_t space, char *to);

// A decoded record; views point into the input.
struct record_view {
  uint32_t total = 0;
  uint32_t magic = 0;
  uint32_t body_crc = 0;
  int32_t queue_id = 0;
  int32_t flag = 0;
  int64_t queue_offset = 0;
  int64_t phys = 0;
  int32_t sys_flag = 0;
  int64_t born_ms = 0;
  std::string_view born_host;
  int64_t store_ms = 0;
  std::string_view store_host;
  int32_t reconsume_times = 0;
  int64_t prepared_phys = 0;
  std::string_view body;
  std::string_view topic;
  std::string_view properties;

  // The stored CRC keeps 31 bits; crc is the full CRC-32 of body.
  bool crc_matches(uint32_t crc) const { return (crc & 0x7fffffff) == body_crc; }
};

enum class record_kind : uint8_t {
  message,    // a size that lies inside the range, and a message magic
  blank,      // end of the segment
  unwritten,  // size and magic are zero
  damaged,    // none of these
};

// What begins at range[0]; *total = its size for message and blank. Looks at 8 bytes.
record_kind classify_record(std::string_view range, uint32_t *total);

// Decodes the record at range[0]. truncated: the range is shorter than the record; unknown_type: another magic (blank
// too); malformed: the inner lengths do not add up to the size.
outcome decode_record(std::string_view range, record_view *out);

// decode_record, and crc_mismatch unless crc(body) is the stored one. crc: uint32_t(std::string_view).
template <class Crc>
outcome verify_record(std::string_view range, Crc &&crc, record_view *out) {
  outcome o = decode_record(range, out);
  if (!o.ok()) return o;
  if (!out->body.empty() && !out->crc_matches(crc(out->body))) return {errc::crc_mismatch, "body"};
  return {};
}

}  // namespace stn::protocol
