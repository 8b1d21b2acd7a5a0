// stanchion/protocol/codes.h - request and response codes. Frozen: these numbers are on the wire.
//
// Names follow the original, so that a search for one finds the other. Codes that have no handler anywhere are left out.
#pragma once

#include <cstdint>

namespace stn::protocol {

namespace request_code {
inline constexpr int32_t send_message = 10;
inline constexpr int32_t pull_message = 11;
inline constexpr int32_t query_message = 12;
inline constexpr int32_t query_consumer_offset = 14;
inline constexpr int32_t update_consumer_offset = 15;
inline constexpr int32_t update_and_create_topic = 17;
inline constexpr int32_t get_all_topic_config = 21;
inline constexpr int32_t update_broker_config = 25;
inline constexpr int32_t get_broker_config = 26;
inline constexpr int32_t get_broker_runtime_info = 28;
inline constexpr int32_t search_offset_by_timestamp = 29;
inline constexpr int32_t get_max_offset = 30;
inline constexpr int32_t get_min_offset = 31;
inline constexpr int32_t get_earliest_msg_storetime = 32;
inline constexpr int32_t view_message_by_id = 33;
inline constexpr int32_t heart_beat = 34;
inline constexpr int32_t unregister_client = 35;
inline constexpr int32_t consumer_send_msg_back = 36;
inline constexpr int32_t end_transaction = 37;
inline constexpr int32_t get_consumer_list_by_group = 38;
inline constexpr int32_t check_transaction_state = 39;
inline constexpr int32_t notify_consumer_ids_changed = 40;
inline constexpr int32_t lock_batch_mq = 41;
inline constexpr int32_t unlock_batch_mq = 42;
inline constexpr int32_t get_all_consumer_offset = 43;
inline constexpr int32_t get_all_delay_offset = 45;
inline constexpr int32_t check_client_config = 46;
inline constexpr int32_t update_and_create_acl_config = 50;
inline constexpr int32_t delete_acl_config = 51;
inline constexpr int32_t get_broker_cluster_acl_info = 52;
inline constexpr int32_t update_global_white_addrs_config = 53;
inline constexpr int32_t get_broker_cluster_acl_config = 54;
inline constexpr int32_t put_kv_config = 100;
inline constexpr int32_t get_kv_config = 101;
inline constexpr int32_t delete_kv_config = 102;
inline constexpr int32_t register_broker = 103;
inline constexpr int32_t unregister_broker = 104;
inline constexpr int32_t get_routeinfo_by_topic = 105;
inline constexpr int32_t get_broker_cluster_info = 106;
inline constexpr int32_t update_and_create_subscriptiongroup = 200;
inline constexpr int32_t get_all_subscriptiongroup_config = 201;
inline constexpr int32_t get_topic_stats_info = 202;
inline constexpr int32_t get_consumer_connection_list = 203;
inline constexpr int32_t get_producer_connection_list = 204;
inline constexpr int32_t wipe_write_perm_of_broker = 205;
inline constexpr int32_t get_all_topic_list_from_nameserver = 206;
inline constexpr int32_t delete_subscriptiongroup = 207;
inline constexpr int32_t get_consume_stats = 208;
inline constexpr int32_t delete_topic_in_broker = 215;
inline constexpr int32_t delete_topic_in_namesrv = 216;
inline constexpr int32_t get_kvlist_by_namespace = 219;
inline constexpr int32_t reset_consumer_client_offset = 220;
inline constexpr int32_t get_consumer_status_from_client = 221;
inline constexpr int32_t invoke_broker_to_reset_offset = 222;
inline constexpr int32_t invoke_broker_to_get_consumer_status = 223;
inline constexpr int32_t get_topics_by_cluster = 224;
inline constexpr int32_t query_topic_consume_by_who = 300;
inline constexpr int32_t query_consume_time_span = 303;
inline constexpr int32_t get_system_topic_list_from_ns = 304;
inline constexpr int32_t get_system_topic_list_from_broker = 305;
inline constexpr int32_t clean_expired_consumequeue = 306;
inline constexpr int32_t get_consumer_running_info = 307;
inline constexpr int32_t query_correction_offset = 308;
inline constexpr int32_t consume_message_directly = 309;
inline constexpr int32_t send_message_v2 = 310;
inline constexpr int32_t get_unit_topic_list = 311;
inline constexpr int32_t get_has_unit_sub_topic_list = 312;
inline constexpr int32_t get_has_unit_sub_ununit_topic_list = 313;
inline constexpr int32_t clone_group_offset = 314;
inline constexpr int32_t view_broker_stats_data = 315;
inline constexpr int32_t clean_unused_topic = 316;
inline constexpr int32_t get_broker_consume_stats = 317;
inline constexpr int32_t update_namesrv_config = 318;
inline constexpr int32_t get_namesrv_config = 319;
inline constexpr int32_t send_batch_message = 320;
inline constexpr int32_t query_consume_queue = 321;
inline constexpr int32_t query_data_version = 322;
inline constexpr int32_t resume_check_half_message = 323;
inline constexpr int32_t send_reply_message = 324;
inline constexpr int32_t send_reply_message_v2 = 325;
inline constexpr int32_t push_reply_message_to_client = 326;
inline constexpr int32_t add_write_perm_of_broker = 327;
inline constexpr int32_t get_all_producer_info = 328;
inline constexpr int32_t delete_expired_commitlog = 329;
// Only sent by clients and tools of 5.x.
inline constexpr int32_t update_and_create_topic_list = 18;
inline constexpr int32_t get_topic_config = 351;
inline constexpr int32_t get_subscription_group_config = 352;
inline constexpr int32_t lite_pull_message = 361;
inline constexpr int32_t query_assignment = 400;
inline constexpr int32_t set_message_request_mode = 401;
inline constexpr int32_t get_broker_member_group = 901;
inline constexpr int32_t broker_heartbeat = 904;
}  // namespace request_code

namespace response_code {
inline constexpr int32_t success = 0;
inline constexpr int32_t system_error = 1;
inline constexpr int32_t system_busy = 2;
inline constexpr int32_t request_code_not_supported = 3;
inline constexpr int32_t transaction_failed = 4;
inline constexpr int32_t flush_disk_timeout = 10;
inline constexpr int32_t slave_not_available = 11;
inline constexpr int32_t flush_slave_timeout = 12;
inline constexpr int32_t message_illegal = 13;
inline constexpr int32_t service_not_available = 14;
inline constexpr int32_t version_not_supported = 15;
inline constexpr int32_t no_permission = 16;
inline constexpr int32_t topic_not_exist = 17;
inline constexpr int32_t topic_exist_already = 18;
inline constexpr int32_t pull_not_found = 19;
inline constexpr int32_t pull_retry_immediately = 20;
inline constexpr int32_t pull_offset_moved = 21;
inline constexpr int32_t query_not_found = 22;
inline constexpr int32_t subscription_parse_failed = 23;
inline constexpr int32_t subscription_not_exist = 24;
inline constexpr int32_t subscription_not_latest = 25;
inline constexpr int32_t subscription_group_not_exist = 26;
inline constexpr int32_t filter_data_not_exist = 27;
inline constexpr int32_t filter_data_not_latest = 28;
inline constexpr int32_t invalid_parameter = 29;
inline constexpr int32_t transaction_should_commit = 200;
inline constexpr int32_t transaction_should_rollback = 201;
inline constexpr int32_t transaction_state_unknow = 202;
inline constexpr int32_t transaction_state_group_wrong = 203;
inline constexpr int32_t no_buyer_id = 204;
inline constexpr int32_t not_in_current_unit = 205;
inline constexpr int32_t consumer_not_online = 206;
inline constexpr int32_t consume_msg_timeout = 207;
inline constexpr int32_t no_message = 208;
}  // namespace response_code

}  // namespace stn::protocol
