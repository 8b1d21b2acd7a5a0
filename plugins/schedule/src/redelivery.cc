#include "redelivery.h"

#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/protocol/properties.h"

namespace stn::schedule {

namespace {

constexpr std::string_view k_half_topic = "RMQ_SYS_TRANS_HALF_TOPIC";

// Properties without WAIT: the delivered message is stored as any other.
uint32_t slices_of(std::string_view properties, stn_slice *to) {
  std::string_view parts[STN_APPEND_PROPS];
  const size_t n =
      protocol::without_property(properties, protocol::property::wait, parts, STN_APPEND_PROPS);
  for (size_t i = 0; i < n; i++) to[i] = slice(parts[i]);
  return static_cast<uint32_t>(n);
}

}  // namespace

bool redelivery_batch::add(const iface<stn_store_api> &store, const stn_bslice &record,
                           uint64_t user, const char **why) {
  STN_CHECK(n_ < k_max);
  records_[n_] = record;
  stn_append &to = appends_[n_];
  to = stn_append{};
  to.user = user;
  if (!fill(store, {static_cast<const char *>(record.data), record.len}, &to, why)) {
    if (record.owner != nullptr) record.owner->ops->release(record.owner, 1);
    return false;
  }
  n_++;
  return true;
}

bool redelivery_batch::fill(const iface<stn_store_api> &store, std::string_view record,
                            stn_append *to, const char **why) {
  protocol::record_view m;
  if (!protocol::decode_record(record, &m).ok()) {
    *why = "record does not decode";
    return false;
  }
  protocol::send_properties p;
  protocol::scan_properties(m.properties, &p);
  if (p.real_topic.empty() || !protocol::parse_int(p.real_queue_id, &to->queue) || to->queue < 0) {
    *why = "properties do not tell the real topic and queue";
    return false;
  }
  // A half message has no business here: delivering it would put an unsettled transaction into the half topic again.
  if (p.real_topic == k_half_topic || !intern(store, p.real_topic, &to->topic)) {
    *why = "real topic cannot hold it";
    return false;
  }
  to->sysflag = m.sys_flag;
  to->flag = m.flag;
  to->born_ms = m.born_ms;
  to->born_host = slice(m.born_host);
  to->store_host = slice(m.store_host);
  to->body = slice(m.body);
  to->reconsume = m.reconsume_times;
  to->n_props = slices_of(m.properties, to->props);
  return true;
}

bool redelivery_batch::intern(const iface<stn_store_api> &store, std::string_view topic,
                              uint32_t *out) {
  if (topic != last_topic_ || last_topic_.empty()) {
    if (store->intern(store.self, str(topic), &last_id_, nullptr) != STN_OK) {
      last_topic_.clear();
      return false;
    }
    last_topic_ = topic;
  }
  *out = last_id_;
  return true;
}

void redelivery_batch::clear() {
  for (uint32_t i = 0; i < n_; i++) {
    stn_owner *owner = records_[i].owner;
    if (owner != nullptr) owner->ops->release(owner, 1);
  }
  n_ = 0;
}

}  // namespace stn::schedule
