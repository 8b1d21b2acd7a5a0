#include "progress_file.h"

#include "stanchion/protocol/bodies/offsets.h"

namespace stn::schedule {

std::string progress_text(const std::vector<level_progress> &all) {
  protocol::delay_offset_table table;
  for (const level_progress &p : all) table.offsets[p.level] = p.offset;
  return protocol::encode_file(table);
}

status parse_progress(std::string_view text, std::vector<level_progress> *out) {
  protocol::delay_offset_table table;
  if (const auto o = protocol::decode(text, &table); !o.ok()) {
    return status(STN_E_CORRUPT, std::string(protocol::describe(o.code)));
  }
  out->clear();
  for (const auto &[level, offset] : table.offsets) {
    if (level >= 1 && offset >= 0) out->push_back({level, offset});
  }
  return {};
}

}  // namespace stn::schedule
