// Any bytes as properties, as a message id, as a tag expression and as a Java string.
#include <array>
#include <cstdlib>
#include <string>

#include "stanchion/protocol/java_string.h"
#include "stanchion/protocol/message_id.h"
#include "stanchion/protocol/properties.h"
#include "stanchion/protocol/tag_expression.h"

namespace {

using namespace stn::protocol;

void must(bool holds) {
  if (!holds) std::abort();
}

// Removing every entry of a name leaves no such entry, and keeps the others.
void remove_each(std::string_view text) {
  property_cursor cursor(text);
  size_t n = 0;
  for (property_entry e; cursor.next(&e) && n < 8; ++n) {
    std::array<std::string_view, 256> parts;
    const size_t count = without_property(text, e.name, parts.data(), parts.size());
    if (count == parts.size()) continue;
    std::string kept;
    for (size_t i = 0; i < count; ++i) kept += parts[i];
    must(find_property(kept, e.name).data() == nullptr);
    must(kept.size() < text.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string copy(reinterpret_cast<const char *>(data), size);
  remove_each(copy);
  send_properties p;
  scan_properties(copy, &p);
  must(p.tags == find_property(copy, property::tags));
  must(java_length(copy) <= copy.size());
  (void)java_hash(copy);
  offset_message_id id;
  if (parse_message_id(copy, &id)) {
    std::array<char, k_message_id_max> text;
    must(format_message_id(id.host_view(), id.phys, text.data()) == copy.size());
  }
  tag_expression e;
  if (parse_tag_expression(copy, &e).ok() && e.all) must(copy.empty() || copy == "*");
  return 0;
}
