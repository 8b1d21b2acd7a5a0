#include "field_table.h"
#include "stanchion/protocol/headers/send.h"

namespace stn::protocol {
namespace {

using h = send_header;
constexpr field_table k_send({
    STN_FIELD_MUST(h, text, "producerGroup", producer_group),
    STN_FIELD_MUST(h, text, "topic", topic),
    STN_FIELD_MUST(h, text, "defaultTopic", default_topic),
    STN_FIELD_MUST(h, i32, "defaultTopicQueueNums", default_topic_queues),
    STN_FIELD_MUST(h, i32, "queueId", queue_id),
    STN_FIELD_MUST(h, i32, "sysFlag", sys_flag),
    STN_FIELD_MUST(h, i64, "bornTimestamp", born_ms),
    STN_FIELD_MUST(h, i32, "flag", flag),
    STN_FIELD_MAY(h, text, "properties", properties),
    STN_FIELD_MAY(h, i32, "reconsumeTimes", reconsume_times),
    STN_FIELD_MAY(h, boolean, "unitMode", unit_mode),
    STN_FIELD_MAY(h, boolean, "batch", batch),
    STN_FIELD_MAY(h, i32, "maxReconsumeTimes", max_reconsume_times),
});

constexpr field_table k_send_v2({
    STN_FIELD_MUST(h, text, "a", producer_group),
    STN_FIELD_MUST(h, text, "b", topic),
    STN_FIELD_MUST(h, text, "c", default_topic),
    STN_FIELD_MUST(h, i32, "d", default_topic_queues),
    STN_FIELD_MUST(h, i32, "e", queue_id),
    STN_FIELD_MUST(h, i32, "f", sys_flag),
    STN_FIELD_MUST(h, i64, "g", born_ms),
    STN_FIELD_MUST(h, i32, "h", flag),
    STN_FIELD_MAY(h, text, "i", properties),
    STN_FIELD_MAY(h, i32, "j", reconsume_times),
    STN_FIELD_MAY(h, boolean, "k", unit_mode),
    STN_FIELD_MAY(h, i32, "l", max_reconsume_times),
    STN_FIELD_MAY(h, boolean, "m", batch),
    STN_FIELD_MAY(h, text, "n", broker_name),
});

constexpr field_table k_send_reply({
    STN_FIELD_MUST(send_reply_header, i32, "queueId", queue_id),
    STN_FIELD_MAY(send_reply_header, text, "TRACE_ON", trace_on),
    STN_FIELD_MAY(send_reply_header, text, "MSG_REGION", msg_region),
    STN_FIELD_MUST(send_reply_header, text, "msgId", msg_id),
    STN_FIELD_MUST(send_reply_header, i64, "queueOffset", queue_offset),
    STN_FIELD_MAY(send_reply_header, text, "transactionId", transaction_id),
});

constexpr field_table k_send_back({
    STN_FIELD_MUST(send_back_header, i64, "offset", offset),
    STN_FIELD_MUST(send_back_header, text, "group", group),
    STN_FIELD_MUST(send_back_header, i32, "delayLevel", delay_level),
    STN_FIELD_MAY(send_back_header, text, "originMsgId", origin_msg_id),
    STN_FIELD_MAY(send_back_header, text, "originTopic", origin_topic),
    STN_FIELD_MAY(send_back_header, boolean, "unitMode", unit_mode),
    STN_FIELD_MAY(send_back_header, i32, "maxReconsumeTimes", max_reconsume_times),
});

constexpr field_table k_end_transaction({
    STN_FIELD_MUST(end_transaction_header, text, "producerGroup", producer_group),
    STN_FIELD_MUST(end_transaction_header, i64, "tranStateTableOffset", transaction_state_offset),
    STN_FIELD_MUST(end_transaction_header, i64, "commitLogOffset", commit_log_offset),
    STN_FIELD_MUST(end_transaction_header, i32, "commitOrRollback", commit_or_rollback),
    STN_FIELD_MAY(end_transaction_header, boolean, "fromTransactionCheck", from_check),
    STN_FIELD_MUST(end_transaction_header, text, "msgId", msg_id),
    STN_FIELD_MAY(end_transaction_header, text, "transactionId", transaction_id),
});

constexpr field_table k_check_transaction({
    STN_FIELD_MUST(check_transaction_header, i64, "tranStateTableOffset", transaction_state_offset),
    STN_FIELD_MUST(check_transaction_header, i64, "commitLogOffset", commit_log_offset),
    STN_FIELD_MAY(check_transaction_header, text, "msgId", msg_id),
    STN_FIELD_MAY(check_transaction_header, text, "transactionId", transaction_id),
    STN_FIELD_MAY(check_transaction_header, text, "offsetMsgId", offset_msg_id),
});

}  // namespace

STN_HEADER_CODEC(send_header, k_send)
STN_HEADER_CODEC(send_reply_header, k_send_reply)
STN_HEADER_CODEC(send_back_header, k_send_back)
STN_HEADER_CODEC(end_transaction_header, k_end_transaction)
STN_HEADER_CODEC(check_transaction_header, k_check_transaction)

outcome decode_v2(field_span fields, send_header *out) {
  return decode_fields(k_send_v2.view(), fields, out);
}

void append_to_v2(const send_header &header, field_writer *out) {
  append_fields(k_send_v2.view(), &header, out);
}

void append_send_failure_to(std::string_view msg_region, std::string_view trace_on,
                            field_writer *out) {
  out->add("TRACE_ON", trace_on);
  out->add("MSG_REGION", msg_region);
}

}  // namespace stn::protocol
