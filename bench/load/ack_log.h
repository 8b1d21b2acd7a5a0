// The log that a producer keeps of what the server acknowledged, and the bodies it sends.
// Body: 40 little-endian bytes (magic, cycle, producer, size, sequence, salt, checksum), then filler
// that follows from the salt. One log record per acknowledgement, written in one piece.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "body.h"

namespace rmqload {

constexpr u32 k_crash_magic = 0x48535243;

struct BodyHead {
  u32 magic = k_crash_magic, cycle = 0, producer = 0, size = 0;
  u64 sequence = 0, salt = 0;
  u32 reserved = 0, checksum = 0;
};
static_assert(sizeof(BodyHead) == 40);

struct Ack {
  u32 cycle = 0, producer = 0;
  u64 sequence = 0;
  u32 queue = 0, size = 0;
  u64 offset = 0;
};
static_assert(sizeof(Ack) == 32);

inline u32 head_checksum(const BodyHead &head) {
  BodyHead copy = head;
  copy.checksum = 0;
  return crc32((const char *)&copy, sizeof copy);
}

// Byte i of the filler follows from the salt, so that a body cannot be taken for another one.
inline void fill(char *p, size_t n, u64 salt) {
  const size_t span = g_filler.size() / 2;
  memcpy(p, g_filler.data() + salt % span, n);
}

inline void write_body(char *p, BodyHead head) {
  head.checksum = head_checksum(head);
  memcpy(p, &head, sizeof head);
  fill(p + sizeof head, head.size - sizeof head, head.salt);
}

inline bool read_body(const char *p, size_t n, BodyHead &head) {
  if (n < sizeof head) return false;
  memcpy(&head, p, sizeof head);
  if (head.magic != k_crash_magic || head.size != n || head.checksum != head_checksum(head))
    return false;
  const size_t span = g_filler.size() / 2, rest = n - sizeof head;
  return memcmp(p + sizeof head, g_filler.data() + head.salt % span, rest) == 0;
}

inline void append_acks(int fd, const std::vector<Ack> &acks) {
  size_t bytes = acks.size() * sizeof(Ack);
  if (bytes && write(fd, acks.data(), bytes) != (ssize_t)bytes) die("cannot write the log");
}

// Those that stand at or behind byte `from` of the log.
inline std::vector<Ack> load_acks(const string &path, long from) {
  std::vector<Ack> acks;
  FILE *f = fopen(path.c_str(), "rb");
  if (!f || fseek(f, from, SEEK_SET) != 0) die("cannot read " + path);
  Ack ack;
  while (fread(&ack, sizeof ack, 1, f) == 1) acks.push_back(ack);
  fclose(f);
  return acks;
}

}  // namespace rmqload
