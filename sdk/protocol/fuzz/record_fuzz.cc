// Any bytes as stored messages and as a batch body. Views must lie inside, parts must add up to the whole.
#include <cstdlib>
#include <string>

#include "stanchion/protocol/batch_body.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/protocol/properties.h"
#include "stanchion/protocol/sysflags.h"

namespace {

using namespace stn::protocol;

void must(bool holds) {
  if (!holds) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void records(std::string_view rest) {
  record_view v;
  while (decode_record(rest, &v).ok()) {
    must(v.total <= rest.size() && inside(v.body, rest) && inside(v.topic, rest));
    must(inside(v.properties, rest) && inside(v.store_host, rest) && inside(v.born_host, rest));
    uint32_t total = 0;
    must(classify_record(rest, &total) == record_kind::message && total == v.total);
    record_layout layout;
    if (v.magic == k_record_magic &&
        lay_out(v.sys_flag, v.body.size(), v.topic.size(), v.properties.size(), &layout).ok()) {
      must(layout.total == v.total);
    }
    send_properties p;
    scan_properties(v.properties, &p);
    rest.remove_prefix(v.total);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string copy(reinterpret_cast<const char *>(data), size);
  records(copy);
  size_t bytes = 0;
  size_t messages = 0;
  batch_cursor cursor(copy);
  for (batch_entry e; cursor.next(&e); ++messages) {
    must(inside(e.body, copy) && inside(e.properties, copy));
    bytes += batch_entry_size(e);
  }
  must(!cursor.ok() || bytes == size);
  must(count_batch(copy) == (cursor.ok() ? messages : 0));
  return 0;
}
