#include "pull_check.h"

#include <algorithm>

#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/field.h"
#include "stanchion/protocol/sysflags.h"

namespace stn::broker_pull {
namespace {

namespace rc = protocol::response_code;

// One share of a subscription's strings, given back at the end of the scope.
struct subscription : stn_subscription {
  subscription() : stn_subscription{sizeof(stn_subscription), 0, 0, {}, {}, nullptr} {}
  subscription(const subscription &) = delete;
  ~subscription() {
    if (owner != nullptr) owner->ops->release(owner, 1);
  }
};

refusal unsupported_type(std::string_view type) {
  return {rc::system_error,
          "The broker does not support consumer to filter message by " + std::string(type)};
}

// A wait of at least a millisecond, even if the consumer asks for none: it said that it can wait.
uint64_t hold_until(const context &c, const protocol::pull_header &h, uint64_t now_ns) {
  if ((h.sys_flag & protocol::k_pull_suspend) == 0) return 0;
  constexpr uint64_t k_ns_per_ms = 1'000'000;
  const auto limit_ms = static_cast<int64_t>(c.hold_limit_ns / k_ns_per_ms);
  const int64_t ms = std::clamp<int64_t>(h.suspend_ms, 1, std::max<int64_t>(limit_ms, 1));
  return now_ns + static_cast<uint64_t>(ms) * k_ns_per_ms;
}

}  // namespace

refusal pull_check::check(const stn_req_view &view, uint64_t now_ns, pull_read *out) {
  protocol::pull_header h;
  const auto ok = protocol::decode(protocol::fields_from(view.fields, view.n_fields), &h);
  if (!ok.ok()) {
    return {rc::system_error, "the request header is not valid: field " + std::string(ok.name) +
                                  ": " + std::string(protocol::describe(ok.code))};
  }
  if (refusal why = check_group(h); why.refused()) return why;
  if (refusal why = check_topic(h, view); why.refused()) return why;
  if (refusal why = find_filter(h, &out->filter); why.refused()) return why;
  out->topic = topic_.id;
  out->queue = h.queue_id;
  out->asked = out->from = h.queue_offset;
  out->max_msgs = static_cast<uint32_t>(
      std::clamp<int64_t>(h.max_msgs, 1, static_cast<int64_t>(context_.max_msgs)));
  out->max_bytes = h.max_msg_bytes > 0
                       ? std::min(static_cast<uint32_t>(h.max_msg_bytes), context_.max_bytes)
                       : context_.max_bytes;
  out->hold_until_ns = hold_until(context_, h, now_ns);
  if ((h.sys_flag & protocol::k_pull_commit_offset) != 0) {
    context_.offsets->commit(context_.offsets.self, str(h.consumer_group), str(h.topic), h.queue_id,
                             h.commit_offset);
  }
  return {};
}

refusal pull_check::check_group(const protocol::pull_header &h) {
  if (group_name_.data() == nullptr || group_name_ != h.consumer_group) {
    group_status_ =
        context_.groups->group(context_.groups.self, str(h.consumer_group), &group_, nullptr);
    group_name_ = h.consumer_group;
  }
  if (group_status_ != STN_OK) {
    return {rc::subscription_group_not_exist, "subscription group [" +
                                                  std::string(h.consumer_group) +
                                                  "] does not exist, " + std::string(k_see_faq)};
  }
  if ((group_.flags & STN_GROUP_CONSUME) == 0) {
    return {rc::no_permission,
            "subscription group no permission, " + std::string(h.consumer_group)};
  }
  return {};
}

refusal pull_check::check_topic(const protocol::pull_header &h, const stn_req_view &view) {
  if (topic_name_.data() == nullptr || topic_name_ != h.topic) {
    const stn_str name = str(h.topic);
    context_.topics->lookup(context_.topics.self, &name, 1, &topic_);
    topic_name_ = h.topic;
  }
  if (topic_.status != STN_OK) {
    return {rc::topic_not_exist, "topic[" + std::string(h.topic) +
                                     "] not exist, apply first please! " + std::string(k_see_faq)};
  }
  if ((topic_.perm & STN_PERM_READ) == 0) {
    return {rc::no_permission,
            "the topic[" + std::string(h.topic) + "] pulling message is forbidden"};
  }
  if (h.queue_id < 0 || h.queue_id >= topic_.read_queues) {
    return {rc::system_error, "queueId[" + std::to_string(h.queue_id) + "] is illegal, topic:[" +
                                  std::string(h.topic) + "] topicConfig.readQueueNums:[" +
                                  std::to_string(topic_.read_queues) + "] consumer:[/" +
                                  std::string(stn::view(view.peer)) + "]"};
  }
  return {};
}

refusal pull_check::find_filter(const protocol::pull_header &h, filter_ref *out) {
  if ((h.sys_flag & protocol::k_pull_subscription) == 0) return find_subscribed_filter(h, out);
  switch (filters_.get(h.expression_type, h.subscription, out)) {
    case STN_OK:
      return {};
    case STN_E_UNSUPPORTED:
      return unsupported_type(h.expression_type);
    default:
      return {rc::subscription_parse_failed, "parse the consumer's subscription failed"};
  }
}

// The filter of the group's heartbeats.
refusal pull_check::find_subscribed_filter(const protocol::pull_header &h, filter_ref *out) {
  subscription sub;
  context_.groups->subscription(context_.groups.self, str(h.consumer_group), str(h.topic), &sub);
  if ((sub.flags & STN_SUB_ONLINE) == 0) {
    return {rc::subscription_not_exist,
            "the consumer's group info not exist" + std::string(k_see_faq)};
  }
  if ((sub.flags & STN_SUB_BROADCASTING) != 0 && (group_.flags & STN_GROUP_BROADCAST) == 0) {
    return {rc::no_permission, "the consumer group[" + std::string(h.consumer_group) +
                                   "] can not consume by broadcast way"};
  }
  if ((sub.flags & STN_SUB_FOUND) == 0) {
    return {rc::subscription_not_exist,
            "the consumer's subscription not exist" + std::string(k_see_faq)};
  }
  if (sub.version < h.sub_version) {
    return {rc::subscription_not_latest, "the consumer's subscription not latest"};
  }
  switch (filters_.get(stn::view(sub.type), stn::view(sub.expr), out)) {
    case STN_OK:
      return {};
    case STN_E_UNSUPPORTED:
      return unsupported_type(stn::view(sub.type));
    default:
      return {rc::filter_data_not_exist,
              "The broker's consumer filter data is not exist!Your expression may be wrong!"};
  }
}

}  // namespace stn::broker_pull
