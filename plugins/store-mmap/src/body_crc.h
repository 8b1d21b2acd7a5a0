// body_crc.h - the checksum of the log: CRC-32 of zlib.
//
// libisal computes it; where the processor multiplies 32 bytes at once (VPCLMULQDQ) longer bodies are folded here, in
// about half the time, and in next to none beside a copy, which mostly waits for memory. [any]
#pragma once

#include <cstddef>
#include <cstdint>

namespace stn::store_mmap {

// As java.util.zip.CRC32 computes it; 0 for no bytes.
uint32_t crc32_zlib(const void *data, size_t n);
// Copies n bytes as well, to a place that does not overlap them; each is read once.
uint32_t crc32_zlib_copy(void *to, const void *data, size_t n);
// The same by libisal alone, for comparison.
uint32_t crc32_isal(const void *data, size_t n);

}  // namespace stn::store_mmap
