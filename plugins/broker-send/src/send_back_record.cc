#include "send_back_record.h"

#include <algorithm>

#include "stanchion/protocol/message_id.h"
#include "stanchion/protocol/properties.h"
#include "stanchion/protocol/sysflags.h"

namespace stn::broker_send {
namespace {

namespace property = protocol::property;

constexpr int32_t k_first_retry_level = 3;
constexpr size_t k_host_v6 = 20;

// Entries that the copy gets anew, or not at all.
constexpr std::string_view k_rewritten[] = {property::wait, property::delay, property::real_topic,
                                            property::real_queue_id, property::origin_message_id};

void add(std::string *to, std::string_view name, std::string_view value) {
  if (!to->empty()) to->push_back(protocol::k_property_end);
  to->append(name).push_back(protocol::k_property_name_end);
  to->append(value);
}

std::string offset_id(const protocol::record_view &message) {
  char id[protocol::k_message_id_max];
  return std::string(id, protocol::format_message_id(message.store_host, message.phys, id));
}

}  // namespace

bool is_given_up(const protocol::record_view &message, const send_back_rules &rules) {
  return rules.delay_level < 0 || message.reconsume_times >= rules.max_reconsume;
}

int32_t next_delay_level(const protocol::record_view &message, const send_back_rules &rules) {
  return rules.delay_level > 0 ? rules.delay_level : k_first_retry_level + message.reconsume_times;
}

std::string send_back_properties(const protocol::record_view &message, int32_t delay_level) {
  std::string out;
  std::string_view origin;
  bool has_retry_topic = false;
  protocol::property_cursor cursor(message.properties);
  for (protocol::property_entry e; cursor.next(&e);) {
    if (e.name == property::origin_message_id) origin = e.value;
    if (e.name == property::retry_topic) has_retry_topic = true;
    const bool rewritten =
        std::find(std::begin(k_rewritten), std::end(k_rewritten), e.name) != std::end(k_rewritten);
    if (!rewritten) add(&out, e.name, e.value);
  }
  if (!has_retry_topic) add(&out, property::retry_topic, message.topic);
  add(&out, property::origin_message_id, origin.empty() ? offset_id(message) : std::string(origin));
  if (delay_level > 0) add(&out, property::delay, std::to_string(delay_level));
  return out;
}

stn_append send_back_record(const context &c, const protocol::record_view &message,
                            const std::string &properties, uint32_t topic, int32_t queue) {
  stn_append out{};
  out.topic = topic;
  out.queue = queue;
  out.store_host = c.identity->store_host;
  out.sysflag = message.sys_flag & ~protocol::k_msg_store_host_v6;
  if (out.store_host.len == k_host_v6) out.sysflag |= protocol::k_msg_store_host_v6;
  out.flag = message.flag;
  out.born_ms = message.born_ms;
  out.born_host = slice(message.born_host);
  out.body = slice(message.body);
  out.reconsume = message.reconsume_times + 1;
  out.n_props = 1;
  out.props[0] = slice(properties);
  return out;
}

}  // namespace stn::broker_send
