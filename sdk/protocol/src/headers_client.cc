#include "field_table.h"
#include "stanchion/protocol/headers/client.h"

namespace stn::protocol {
namespace {

constexpr field_table k_unregister_client({
    STN_FIELD_MUST(unregister_client_header, text, "clientID", client_id),
    STN_FIELD_MAY(unregister_client_header, text, "producerGroup", producer_group),
    STN_FIELD_MAY(unregister_client_header, text, "consumerGroup", consumer_group),
});

constexpr field_table k_consumer_group({
    STN_FIELD_MUST(consumer_group_header, text, "consumerGroup", consumer_group),
});

constexpr field_table k_producer_group({
    STN_FIELD_MUST(producer_group_header, text, "producerGroup", producer_group),
});

constexpr field_table k_running_info({
    STN_FIELD_MUST(consumer_running_info_header, text, "consumerGroup", consumer_group),
    STN_FIELD_MUST(consumer_running_info_header, text, "clientId", client_id),
    STN_FIELD_MAY(consumer_running_info_header, boolean, "jstackEnable", jstack),
});

}  // namespace

STN_HEADER_CODEC(unregister_client_header, k_unregister_client)
STN_HEADER_CODEC(consumer_group_header, k_consumer_group)
STN_HEADER_CODEC(producer_group_header, k_producer_group)
STN_HEADER_CODEC(consumer_running_info_header, k_running_info)

}  // namespace stn::protocol
