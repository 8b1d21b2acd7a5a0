// record.h - one stored message of the commit log, byte for byte (docs/store-format.md, "Record").
//
// Encoding happens once, into the mapped segment; checking happens on whatever a disk gives back. Numbers here reach the
// disk: frozen. [any], no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stanchion/ext/store.h"
#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/sysflags.h"

namespace stn::store_mmap {

inline constexpr uint32_t k_magic_v1 = 0xDAA320A7;
inline constexpr uint32_t k_magic_v2 = 0xDAA320AB;  // two-byte topic length, written by 5.x only
inline constexpr uint32_t k_magic_blank = 0xCBD43194;
inline constexpr uint32_t k_blank_min = 8;  // a segment always keeps room for the head of a blank
inline constexpr uint32_t k_record_fixed = 91;  // V1 with IPv4 hosts and nothing in it
inline constexpr uint32_t k_topic_max = 127;

// Positions that do not depend on the hosts.
inline constexpr uint32_t k_at_size = 0;
inline constexpr uint32_t k_at_magic = 4;
inline constexpr uint32_t k_at_crc = 8;
inline constexpr uint32_t k_at_queue = 12;
inline constexpr uint32_t k_at_queue_offset = 20;
inline constexpr uint32_t k_at_phys = 28;
inline constexpr uint32_t k_at_sysflag = 36;
inline constexpr uint32_t k_at_born_host = 48;

inline const char *chars(const uint8_t *p) { return reinterpret_cast<const char *>(p); }
inline char *chars(uint8_t *p) { return reinterpret_cast<char *>(p); }

// CRC-32 as Java computes it, without the sign bit; 0 for no body.
uint32_t body_crc(const void *body, size_t n);

// What is needed to write one record. The properties are props[0..n_props) and then, for messages out of a client batch,
// tail (with separator in between if tail_separator).
struct record_input {
  const stn_append *append = nullptr;
  std::string_view topic;
  stn_slice body{};
  stn_slice own_props{};        // of a message inside a batch, else empty
  bool tail_separator = false;  // a \2 between own_props and append->props
  int32_t flag = 0;
  uint32_t props_size = 0;
  uint32_t size = 0;
};

// Bytes of the record of `in` (body, topic and props_size set).
inline uint64_t record_size(const record_input &in) {
  return uint64_t{k_record_fixed} + (protocol::born_host_size(in.append->sysflag) - 8) +
         (protocol::store_host_size(in.append->sysflag) - 8) + in.body.len + in.topic.size() +
         in.props_size;
}

// Writes the record, the CRC of its body included; `at` has in.size bytes.
void encode_record(const record_input &in, int64_t phys, int64_t queue_offset, int64_t store_ms,
                   uint8_t *at);

// Ends a segment: size left and the blank magic.
void encode_blank(uint32_t space, uint8_t *at);

// A record as found on the disk; views point into the segment.
struct record_view {
  uint32_t size;
  uint32_t crc;
  int32_t queue;
  int32_t flag;
  int64_t queue_offset;
  int64_t phys;
  int32_t sysflag;
  int64_t store_ms;
  std::string_view body;
  std::string_view topic;
  std::string_view props;
};

enum class record_kind { message, blank, end, damaged };

// Reads what stands at `at`, where `space` bytes are left in the segment, and checks that all lengths agree and lie
// inside. end: zeroes, nothing was ever written. The body's CRC is checked if with_crc.
record_kind parse_record(const uint8_t *at, uint64_t space, bool with_crc, record_view *out);

// Store time of a record whose parse_record said message.
int64_t record_store_ms(const uint8_t *at);

// Is the record at `at` the one its queue entry promises? Size, magic, position, queue, offset and CRC.
bool matches_entry(const record_view &r, uint32_t size, int64_t phys, int32_t queue,
                   int64_t queue_offset);

// The third column of a queue entry: hash of the tag, or the deliver time for the delay topic.
struct tag_rule {
  const int64_t *delay_ms;
  size_t levels;
};
inline constexpr std::string_view k_delay_topic = "SCHEDULE_TOPIC_XXXX";
// For the delay topic *delay is set to the level's delay (the store time has to be added), else to -1.
int64_t tag_column(std::string_view topic, int32_t queue, std::string_view props,
                   const tag_rule &rule, int64_t *delay);

// Prepared and rolled-back transaction messages have no queue entry.
inline bool has_queue_entry(int32_t sysflag) {
  int32_t type = protocol::transaction_type(sysflag);
  return type != protocol::k_msg_trans_prepared && type != protocol::k_msg_trans_rollback;
}

}  // namespace stn::store_mmap
