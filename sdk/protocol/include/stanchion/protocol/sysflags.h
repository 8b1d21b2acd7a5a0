// stanchion/protocol/sysflags.h - bits of the integers that messages, pulls, topics and commands carry. Frozen. [any]
#pragma once

#include <cstdint>

namespace stn::protocol {

// flag of a command
inline constexpr int32_t k_flag_response = 1;
inline constexpr int32_t k_flag_oneway = 2;

// sysFlag of a message
inline constexpr int32_t k_msg_compressed = 0x1;
inline constexpr int32_t k_msg_multi_tags = 0x2;
inline constexpr int32_t k_msg_trans_mask = 0xc;
inline constexpr int32_t k_msg_trans_none = 0x0;
inline constexpr int32_t k_msg_trans_prepared = 0x4;
inline constexpr int32_t k_msg_trans_commit = 0x8;
inline constexpr int32_t k_msg_trans_rollback = 0xc;
inline constexpr int32_t k_msg_born_host_v6 = 0x10;
inline constexpr int32_t k_msg_store_host_v6 = 0x20;
inline constexpr int32_t k_msg_compression_mask = 0x700;
inline constexpr int32_t k_msg_compression_lz4 = 0x100;
inline constexpr int32_t k_msg_compression_zstd = 0x200;
inline constexpr int32_t k_msg_compression_zlib = 0x300;

constexpr int32_t transaction_type(int32_t sys_flag) { return sys_flag & k_msg_trans_mask; }
constexpr int32_t with_transaction_type(int32_t sys_flag, int32_t type) {
  return (sys_flag & ~k_msg_trans_mask) | type;
}
// Bytes of a host in a stored message: IP and a 4-byte port.
constexpr uint32_t born_host_size(int32_t sys_flag) {
  return sys_flag & k_msg_born_host_v6 ? 20 : 8;
}
constexpr uint32_t store_host_size(int32_t sys_flag) {
  return sys_flag & k_msg_store_host_v6 ? 20 : 8;
}

// sysFlag of a pull
inline constexpr int32_t k_pull_commit_offset = 0x1;
inline constexpr int32_t k_pull_suspend = 0x2;
inline constexpr int32_t k_pull_subscription = 0x4;
inline constexpr int32_t k_pull_class_filter = 0x8;
inline constexpr int32_t k_pull_lite = 0x10;

// topicSysFlag, groupSysFlag
inline constexpr int32_t k_topic_unit = 0x1;
inline constexpr int32_t k_topic_unit_sub = 0x2;

// perm of topics and queues
inline constexpr int32_t k_perm_inherit = 0x1;
inline constexpr int32_t k_perm_write = 0x2;
inline constexpr int32_t k_perm_read = 0x4;

}  // namespace stn::protocol
