#include "field_table.h"
#include "stanchion/protocol/headers/admin.h"

namespace stn::protocol {
namespace {

constexpr field_table k_create_topic({
    STN_FIELD_MUST(create_topic_header, text, "topic", topic),
    STN_FIELD_MUST(create_topic_header, text, "defaultTopic", default_topic),
    STN_FIELD_MUST(create_topic_header, i32, "readQueueNums", read_queues),
    STN_FIELD_MUST(create_topic_header, i32, "writeQueueNums", write_queues),
    STN_FIELD_MUST(create_topic_header, i32, "perm", perm),
    STN_FIELD_MUST(create_topic_header, text, "topicFilterType", filter_type),
    STN_FIELD_MAY(create_topic_header, i32, "topicSysFlag", sys_flag),
    STN_FIELD_MUST(create_topic_header, boolean, "order", order),
});

constexpr field_table k_topic({
    STN_FIELD_MUST(topic_header, text, "topic", topic),
});

constexpr field_table k_delete_group({
    STN_FIELD_MUST(delete_group_header, text, "groupName", group_name),
    STN_FIELD_MAY(delete_group_header, boolean, "removeOffset", clean_offset),
});
constexpr field_table k_delete_group_v5({
    STN_FIELD_MUST(delete_group_header, text, "groupName", group_name),
    STN_FIELD_MAY(delete_group_header, boolean, "cleanOffset", clean_offset),
});

constexpr field_table k_consume_stats({
    STN_FIELD_MUST(consume_stats_header, text, "consumerGroup", consumer_group),
    STN_FIELD_MAY(consume_stats_header, text, "topic", topic),
});

constexpr field_table k_reset_offset({
    STN_FIELD_MUST(reset_offset_header, text, "topic", topic),
    STN_FIELD_MUST(reset_offset_header, text, "group", group),
    STN_FIELD_MUST(reset_offset_header, i64, "timestamp", timestamp_ms),
    STN_FIELD_MUST(reset_offset_header, boolean, "isForce", force),
});

}  // namespace

STN_HEADER_CODEC(create_topic_header, k_create_topic)
STN_HEADER_CODEC(topic_header, k_topic)
STN_HEADER_CODEC(consume_stats_header, k_consume_stats)
STN_HEADER_CODEC(reset_offset_header, k_reset_offset)

outcome decode(field_span fields, delete_group_header *out) {
  // Two names for one member: the younger one is looked at second, so that either of them sets it.
  outcome first = decode_fields(k_delete_group.view(), fields, out);
  if (!first.ok()) return first;
  return decode_fields(k_delete_group_v5.view(), fields, out);
}

void append_to(const delete_group_header &header, field_writer *out) {
  append_fields(k_delete_group.view(), &header, out);
}

}  // namespace stn::protocol
