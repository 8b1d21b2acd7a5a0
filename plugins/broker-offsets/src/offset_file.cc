#include "offset_file.h"

#include "stanchion/protocol/bodies/offsets.h"

namespace stn::broker_offsets {

namespace {

protocol::consumer_offset_table body_of(const std::vector<topic_offsets> &all) {
  protocol::consumer_offset_table body;
  for (const topic_offsets &t : all) {
    auto &queues = body.offsets[protocol::offset_key(t.topic, t.group)];
    for (const queue_offset &q : t.queues) queues[q.queue] = q.offset;
  }
  return body;
}

}  // namespace

std::string file_text(const std::vector<topic_offsets> &all) {
  return protocol::encode_file(body_of(all));
}

std::string wire_text(const std::vector<topic_offsets> &all) {
  return protocol::encode(body_of(all));
}

status read_file_text(std::string_view text, offset_table *to) {
  protocol::consumer_offset_table body;
  if (const auto o = protocol::decode(text, &body); !o.ok()) {
    return status(STN_E_CORRUPT, std::string(protocol::describe(o.code)));
  }
  for (const auto &[key, queues] : body.offsets) {
    std::string_view topic, group;
    if (!protocol::split_offset_key(key, &topic, &group)) continue;
    for (const auto &[queue, offset] : queues) to->commit(group, topic, queue, offset);
  }
  return {};
}

}  // namespace stn::broker_offsets
