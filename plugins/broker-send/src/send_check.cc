#include "send_check.h"

#include <algorithm>

#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/version.h"

namespace stn::broker_send {
namespace {

namespace rc = protocol::response_code;

constexpr size_t k_topic_name_max = 127;
constexpr int32_t k_retry_topic_queues = 1;

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

bool is_topic_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '%' ||
         c == '|' || c == '_' || c == '-';
}

refusal check_topic_name(std::string_view name) {
  if (is_blank(name)) return {rc::system_error, "The specified topic is blank."};
  if (!std::all_of(name.begin(), name.end(), is_topic_char)) {
    return {rc::system_error,
            "The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$"};
  }
  if (name.size() > k_topic_name_max) {
    return {rc::system_error, "The specified topic is longer than topic max length."};
  }
  return {};
}

// True with run->topic filled if the topic could be made.
bool make_topic(const context &c, const protocol::send_header &first, topic_run *run) {
  const auto &topics = c.topics;
  stn_status st = topics->derive(topics.self, str(run->name), str(first.default_topic),
                                 first.default_topic_queues, &run->topic, nullptr);
  if (st != STN_OK && run->name.starts_with(k_retry_prefix)) {
    st = topics->ensure(topics.self, str(run->name), k_retry_topic_queues,
                        STN_PERM_READ | STN_PERM_WRITE, &run->topic, nullptr);
  }
  return st == STN_OK;
}

// As the original prints its topic configuration in remarks.
std::string describe(std::string_view name, const stn_topic &t) {
  std::string perm = "---";
  if ((t.perm & STN_PERM_READ) != 0) perm[0] = 'R';
  if ((t.perm & STN_PERM_WRITE) != 0) perm[1] = 'W';
  if ((t.perm & STN_PERM_INHERIT) != 0) perm[2] = 'X';
  return "TopicConfig [topicName=" + std::string(name) +
         ", readQueueNums=" + std::to_string(t.read_queues) +
         ", writeQueueNums=" + std::to_string(t.write_queues) + ", perm=" + perm +
         ", topicFilterType=SINGLE_TAG, topicSysFlag=" + std::to_string(t.sysflag) +
         ", order=" + ((t.flags & STN_TOPIC_ORDER) != 0 ? "true" : "false") + "]";
}

}  // namespace

void settle_topic(const context &c, const protocol::send_header &first, topic_run *run) {
  run->why = check_topic_name(run->name);
  if (run->why.refused()) return;
  // Flags before status: a forbidden topic must not be made either.
  const bool forbidden = (run->topic.flags & STN_TOPIC_NO_SEND) != 0;
  if (!forbidden && run->topic.status != STN_OK && !make_topic(c, first, run)) {
    run->why = {rc::topic_not_exist, "topic[" + std::string(run->name) +
                                         "] not exist, apply first please!" +
                                         std::string(k_see_faq)};
  } else if ((run->topic.flags & STN_TOPIC_NO_SEND) != 0) {
    run->why = {rc::no_permission,
                "Sending message to topic[" + std::string(run->name) + "] is forbidden."};
  }
}

refusal check_queue(const protocol::send_header &h, const topic_run &run, std::string_view peer) {
  if (h.queue_id < std::max(run.topic.write_queues, run.topic.read_queues)) return {};
  return {rc::system_error, "request queueId[" + std::to_string(h.queue_id) + "] is illegal, " +
                                describe(run.name, run.topic) + " Producer: " + std::string(peer)};
}

refusal redirect_retry(const context &c, const protocol::send_header &h, uint16_t peer_version,
                       destination *to) {
  const std::string_view name = h.topic.substr(k_retry_prefix.size());
  stn_group group{};
  if (c.groups->group(c.groups.self, str(name), &group, nullptr) != STN_OK) {
    return {rc::subscription_group_not_exist,
            "subscription group not exist, " + std::string(name) + " " + std::string(k_see_faq)};
  }
  const bool asked =
      peer_version >= protocol::k_version_max_reconsume_times && h.max_reconsume_times >= 0;
  if (h.reconsume_times < (asked ? h.max_reconsume_times : group.retry_max)) return {};
  const std::string dead = std::string(k_dead_letter_prefix) + std::string(name);
  stn_topic topic{};
  if (c.topics->ensure(c.topics.self, str(dead), k_dead_letter_queues,
                       STN_PERM_READ | STN_PERM_WRITE, &topic, nullptr) != STN_OK) {
    return {rc::system_error, "topic[" + dead + "] not exist"};
  }
  *to = {topic.id, 0, true};
  return {};
}

}  // namespace stn::broker_send
