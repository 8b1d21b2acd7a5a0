// stanchion/protocol/batch_body.h - the body of a batch send (320): messages of one topic and queue, back to back.
//
//   int32 size | int32 0 | int32 0 | int32 flag | int32 n, body | int16 m, properties         each; big-endian, frozen
//
// No allocation; views point into the body. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct batch_entry {
  int32_t flag = 0;
  std::string_view body;
  std::string_view properties;
};

// Walks the messages of a batch body:
//   batch_cursor c(body);
//   while (c.next(&entry)) ...
//   if (!c.ok()) refuse
// next() is false at the end and at the first message that is not well-formed.
class batch_cursor {
 public:
  explicit batch_cursor(std::string_view body) : rest_(body) {}
  bool next(batch_entry *out);
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// Number of messages, or 0 if the body is empty or any of them is not well-formed.
size_t count_batch(std::string_view body);

inline constexpr size_t k_batch_entry_overhead = 22;
// Bytes that write_batch_entry writes.
inline size_t batch_entry_size(const batch_entry &e) {
  return k_batch_entry_overhead + e.body.size() + e.properties.size();
}
// Writes one message at `to`; returns the end. properties.size() <= 32767.
char *write_batch_entry(const batch_entry &e, char *to);

}  // namespace stn::protocol
