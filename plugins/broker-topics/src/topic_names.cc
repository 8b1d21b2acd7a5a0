#include "topic_names.h"

#include <algorithm>
#include <array>

namespace stn::broker_topics {

namespace {

constexpr std::string_view k_system_prefix = "rmq_sys_";
constexpr std::array<std::string_view, 9> k_system = {
    k_auto_create_topic,          "SCHEDULE_TOPIC_XXXX", "BenchmarkTest",
    "RMQ_SYS_TRANS_HALF_TOPIC",   k_trace_topic,         "RMQ_SYS_TRANS_OP_HALF_TOPIC",
    "TRANS_CHECK_MAX_TIME_TOPIC", "SELF_TEST_TOPIC",     "OFFSET_MOVED_EVENT"};
constexpr std::array<std::string_view, 6> k_not_for_senders = {
    "SCHEDULE_TOPIC_XXXX",        "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC",
    "TRANS_CHECK_MAX_TIME_TOPIC", "SELF_TEST_TOPIC",          "OFFSET_MOVED_EVENT"};

bool is_legal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '%' || c == '|';
}

}  // namespace

name_check check_topic_name(std::string_view name) {
  if (name.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos) return name_check::blank;
  if (!std::all_of(name.begin(), name.end(), is_legal)) return name_check::illegal_characters;
  return name.size() > k_topic_length_max ? name_check::too_long : name_check::legal;
}

std::string_view describe(name_check c) {
  switch (c) {
    case name_check::legal:
      return {};
    case name_check::blank:
      return "The specified topic is blank.";
    case name_check::illegal_characters:
      return "The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$";
    case name_check::too_long:
      return "The specified topic is longer than topic max length.";
  }
  return {};
}

system_topics::system_topics(std::string_view cluster, std::string_view broker)
    : names_(k_system.begin(), k_system.end()) {
  names_.emplace(cluster);
  names_.emplace(broker);
  names_.emplace(std::string(cluster) + "_REPLY_TOPIC");
}

bool system_topics::contains(std::string_view topic) const {
  return topic.starts_with(k_system_prefix) || names_.contains(topic);
}

bool system_topics::forbids_sending(std::string_view topic) {
  return std::find(k_not_for_senders.begin(), k_not_for_senders.end(), topic) !=
         k_not_for_senders.end();
}

}  // namespace stn::broker_topics
