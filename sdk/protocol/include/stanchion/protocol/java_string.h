// stanchion/protocol/java_string.h - what the stock server computes over Java strings.
//
// Input is UTF-8; Java hashes UTF-16 units, so a code point beyond the BMP counts as its two surrogates. Bytes that are
// not UTF-8 count as U+FFFD each, as Java's decoder replaces them. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stn::protocol {

// String.hashCode(): h = 31 * h + unit over int32 with wrap-around. Stored in consume queues and index files. Frozen.
int32_t java_hash(std::string_view utf8);

// The consume queue's tag column: java_hash of the tag, sign-extended; 0 for no tag.
inline int64_t tag_hash(std::string_view tag) { return tag.empty() ? 0 : java_hash(tag); }

// Number of UTF-16 units, what String.length() gives (limits on topic and property sizes count these or bytes).
size_t java_length(std::string_view utf8);

}  // namespace stn::protocol
