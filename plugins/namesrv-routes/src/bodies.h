// bodies.h - JSON bodies that the name server reads and writes.
//
// Written: strictly valid JSON, keys in alphabetical order, no white space (the Go client splits addresses without
// trimming); only key_style::bare leaves JSON, for clients before 4.9.4. Read: leniently, missing members keep defaults.
// No function throws on bad input. [any]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "route_data.h"
#include "snapshot.h"

namespace stn::namesrv_routes {

// TopicRouteData of one topic; empty if none of its brokers is known. order_conf empty: left out.
std::string encode_route(const topic_entry &topic, const broker_groups &brokers, key_style style,
                         std::string_view order_conf);
std::string encode_cluster_info(const snapshot &s);
// broker_address empty: left out.
std::string encode_topic_list(const std::vector<std::string> &topics,
                              std::string_view broker_address = {});
std::string encode_data_version(const data_version &v);
// The answer to 901; group NULL: no addresses.
std::string encode_member_group(std::string_view cluster, std::string_view broker,
                                const broker_group *group);

// Version and topics of a registration as JSON; false if it is not JSON of that shape.
// wrapped: a RegisterBrokerBody (brokers since 3.0.11), else the topic table alone.
bool decode_register_json(std::string_view body, bool wrapped, registration *out);
// The DataVersion of a 322.
bool decode_data_version(std::string_view body, data_version *out);
// queueDatas of a TopicRouteData (217).
bool decode_queue_datas(std::string_view body,
                        std::vector<std::pair<std::string, queue_data>> *out);

}  // namespace stn::namesrv_routes
