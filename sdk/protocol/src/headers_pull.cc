#include "field_table.h"
#include "stanchion/protocol/headers/pull.h"

namespace stn::protocol {
namespace {

constexpr field_table k_pull({
    STN_FIELD_MUST(pull_header, text, "consumerGroup", consumer_group),
    STN_FIELD_MUST(pull_header, text, "topic", topic),
    STN_FIELD_MUST(pull_header, i32, "queueId", queue_id),
    STN_FIELD_MUST(pull_header, i64, "queueOffset", queue_offset),
    STN_FIELD_MUST(pull_header, i32, "maxMsgNums", max_msgs),
    STN_FIELD_MUST(pull_header, i32, "sysFlag", sys_flag),
    STN_FIELD_MUST(pull_header, i64, "commitOffset", commit_offset),
    STN_FIELD_MUST(pull_header, i64, "suspendTimeoutMillis", suspend_ms),
    STN_FIELD_MAY(pull_header, text, "subscription", subscription),
    STN_FIELD_MUST(pull_header, i64, "subVersion", sub_version),
    STN_FIELD_MAY(pull_header, text, "expressionType", expression_type),
    STN_FIELD_MAY(pull_header, i32, "maxMsgBytes", max_msg_bytes),
});

constexpr field_table k_pull_reply({
    STN_FIELD_MUST(pull_reply_header, i64, "suggestWhichBrokerId", suggest_broker_id),
    STN_FIELD_MUST(pull_reply_header, i64, "nextBeginOffset", next_begin_offset),
    STN_FIELD_MUST(pull_reply_header, i64, "maxOffset", max_offset),
    STN_FIELD_MUST(pull_reply_header, i64, "minOffset", min_offset),
});

constexpr field_table k_view_message({
    STN_FIELD_MUST(view_message_header, i64, "offset", offset),
});

constexpr field_table k_query_message({
    STN_FIELD_MUST(query_message_header, text, "topic", topic),
    STN_FIELD_MUST(query_message_header, text, "key", key),
    STN_FIELD_MUST(query_message_header, i32, "maxNum", max_num),
    STN_FIELD_MUST(query_message_header, i64, "beginTimestamp", begin_ms),
    STN_FIELD_MUST(query_message_header, i64, "endTimestamp", end_ms),
    STN_FIELD_MAY(query_message_header, boolean, "_UNIQUE_KEY_QUERY", unique_key),
});

constexpr field_table k_query_message_reply({
    STN_FIELD_MUST(query_message_reply_header, i64, "indexLastUpdateTimestamp",
                   index_last_update_ms),
    STN_FIELD_MUST(query_message_reply_header, i64, "indexLastUpdatePhyoffset",
                   index_last_update_phys),
});

}  // namespace

STN_HEADER_CODEC(pull_header, k_pull)
STN_HEADER_CODEC(pull_reply_header, k_pull_reply)
STN_HEADER_CODEC(view_message_header, k_view_message)
STN_HEADER_CODEC(query_message_header, k_query_message)
STN_HEADER_CODEC(query_message_reply_header, k_query_message_reply)

}  // namespace stn::protocol
