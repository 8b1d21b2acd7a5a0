// Any bytes as a binary header. What decodes must encode, and decode to the same again.
#include "read_back.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace stn::protocol;
  // A copy of exact size, so that a read behind the end is seen.
  const std::string copy(reinterpret_cast<const char *>(data), size);
  frame in;
  in.type = serialize_type::binary;
  in.header = copy;
  const decoded d(in);
  if (d.ok) must_read_back(d.cmd, serialize_type::binary);
  return 0;
}
