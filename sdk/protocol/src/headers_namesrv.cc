#include "field_table.h"
#include "stanchion/protocol/headers/namesrv.h"

namespace stn::protocol {
namespace {

constexpr field_table k_register_broker({
    STN_FIELD_MUST(register_broker_header, text, "brokerName", broker_name),
    STN_FIELD_MUST(register_broker_header, text, "brokerAddr", broker_addr),
    STN_FIELD_MUST(register_broker_header, text, "clusterName", cluster_name),
    STN_FIELD_MUST(register_broker_header, text, "haServerAddr", ha_server_addr),
    STN_FIELD_MUST(register_broker_header, i64, "brokerId", broker_id),
    STN_FIELD_MAY(register_broker_header, boolean, "compressed", compressed),
    STN_FIELD_MAY(register_broker_header, u32, "bodyCrc32", body_crc32),
});

constexpr field_table k_register_broker_reply({
    STN_FIELD_MAY(register_broker_reply_header, text, "haServerAddr", ha_server_addr),
    STN_FIELD_MAY(register_broker_reply_header, text, "masterAddr", master_addr),
});

constexpr field_table k_broker_identity({
    STN_FIELD_MUST(broker_identity_header, text, "brokerName", broker_name),
    STN_FIELD_MUST(broker_identity_header, text, "brokerAddr", broker_addr),
    STN_FIELD_MUST(broker_identity_header, text, "clusterName", cluster_name),
    STN_FIELD_MUST(broker_identity_header, i64, "brokerId", broker_id),
});

constexpr field_table k_query_data_version_reply({
    STN_FIELD_MUST(query_data_version_reply_header, boolean, "changed", changed),
});

constexpr field_table k_route({
    STN_FIELD_MUST(route_header, text, "topic", topic),
    STN_FIELD_MAY(route_header, boolean, "acceptStandardJsonOnly", standard_json_only),
});

constexpr field_table k_put_kv({
    STN_FIELD_MUST(kv_header, text, "namespace", name_space),
    STN_FIELD_MUST(kv_header, text, "key", key),
    STN_FIELD_MUST(kv_header, text, "value", value),
});

constexpr field_table k_kv_key({
    STN_FIELD_MUST(kv_header, text, "namespace", name_space),
    STN_FIELD_MUST(kv_header, text, "key", key),
});

constexpr field_table k_kv_namespace({
    STN_FIELD_MUST(kv_header, text, "namespace", name_space),
});

constexpr field_table k_kv_reply({
    STN_FIELD_MAY(kv_reply_header, text, "value", value),
});

constexpr field_table k_broker_name({
    STN_FIELD_MUST(broker_name_header, text, "brokerName", broker_name),
});

constexpr field_table k_wipe_write_perm_reply({
    STN_FIELD_MUST(wipe_write_perm_reply_header, i32, "wipeTopicCount", wiped_topics),
});

constexpr field_table k_add_write_perm_reply({
    STN_FIELD_MUST(add_write_perm_reply_header, i32, "addTopicCount", added_topics),
});

constexpr field_table k_delete_topic({
    STN_FIELD_MUST(delete_topic_in_namesrv_header, text, "topic", topic),
    STN_FIELD_MAY(delete_topic_in_namesrv_header, text, "clusterName", cluster_name),
});

constexpr field_table k_cluster({
    STN_FIELD_MUST(cluster_header, text, "cluster", cluster),
});

}  // namespace

STN_HEADER_CODEC(register_broker_header, k_register_broker)
STN_HEADER_CODEC(register_broker_reply_header, k_register_broker_reply)
STN_HEADER_CODEC(broker_identity_header, k_broker_identity)
STN_HEADER_CODEC(query_data_version_reply_header, k_query_data_version_reply)
STN_HEADER_CODEC(route_header, k_route)
STN_HEADER_CODEC(kv_reply_header, k_kv_reply)
STN_HEADER_CODEC(broker_name_header, k_broker_name)
STN_HEADER_CODEC(wipe_write_perm_reply_header, k_wipe_write_perm_reply)
STN_HEADER_CODEC(add_write_perm_reply_header, k_add_write_perm_reply)
STN_HEADER_CODEC(delete_topic_in_namesrv_header, k_delete_topic)
STN_HEADER_CODEC(cluster_header, k_cluster)

outcome decode_put_kv(field_span fields, kv_header *out) {
  return decode_fields(k_put_kv.view(), fields, out);
}

outcome decode_kv_key(field_span fields, kv_header *out) {
  return decode_fields(k_kv_key.view(), fields, out);
}

outcome decode_kv_namespace(field_span fields, kv_header *out) {
  return decode_fields(k_kv_namespace.view(), fields, out);
}

void append_to(const kv_header &header, field_writer *out) {
  append_fields(k_put_kv.view(), &header, out);
}

}  // namespace stn::protocol
