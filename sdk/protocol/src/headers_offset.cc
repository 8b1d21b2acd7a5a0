#include "field_table.h"
#include "stanchion/protocol/headers/offset.h"

namespace stn::protocol {
namespace {

constexpr field_table k_query_consumer_offset({
    STN_FIELD_MUST(query_consumer_offset_header, text, "consumerGroup", consumer_group),
    STN_FIELD_MUST(query_consumer_offset_header, text, "topic", topic),
    STN_FIELD_MUST(query_consumer_offset_header, i32, "queueId", queue_id),
    STN_FIELD_MAY(query_consumer_offset_header, boolean, "setZeroIfNotFound", zero_if_not_found),
});

constexpr field_table k_update_consumer_offset({
    STN_FIELD_MUST(update_consumer_offset_header, text, "consumerGroup", consumer_group),
    STN_FIELD_MUST(update_consumer_offset_header, text, "topic", topic),
    STN_FIELD_MUST(update_consumer_offset_header, i32, "queueId", queue_id),
    STN_FIELD_MUST(update_consumer_offset_header, i64, "commitOffset", commit_offset),
});

constexpr field_table k_queue({
    STN_FIELD_MUST(queue_header, text, "topic", topic),
    STN_FIELD_MUST(queue_header, i32, "queueId", queue_id),
});

constexpr field_table k_search_offset({
    STN_FIELD_MUST(search_offset_header, text, "topic", topic),
    STN_FIELD_MUST(search_offset_header, i32, "queueId", queue_id),
    STN_FIELD_MUST(search_offset_header, i64, "timestamp", timestamp_ms),
    STN_FIELD_MAY(search_offset_header, text, "boundaryType", boundary_type),
});

constexpr field_table k_offset_reply({
    STN_FIELD_MUST(offset_reply_header, i64, "offset", offset),
});

constexpr field_table k_timestamp_reply({
    STN_FIELD_MUST(timestamp_reply_header, i64, "timestamp", timestamp_ms),
});

}  // namespace

STN_HEADER_CODEC(query_consumer_offset_header, k_query_consumer_offset)
STN_HEADER_CODEC(update_consumer_offset_header, k_update_consumer_offset)
STN_HEADER_CODEC(queue_header, k_queue)
STN_HEADER_CODEC(search_offset_header, k_search_offset)
STN_HEADER_CODEC(offset_reply_header, k_offset_reply)
STN_HEADER_CODEC(timestamp_reply_header, k_timestamp_reply)

}  // namespace stn::protocol
