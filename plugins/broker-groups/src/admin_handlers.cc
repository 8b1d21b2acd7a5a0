#include "admin_handlers.h"

#include "stanchion/protocol/bodies/connections.h"
#include "stanchion/protocol/bodies/subscription_group.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/headers/admin.h"
#include "stanchion/protocol/headers/client.h"
#include "stanchion/protocol/language.h"

namespace stn::broker_groups {

namespace {

using protocol::response_code::consumer_not_online;
using protocol::response_code::subscription_group_not_exist;
using protocol::response_code::system_error;

// Text as a JSON string. Client ids and groups are what peers say they are.
std::string json_text(std::string_view text) {
  static constexpr char k_hex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += std::string("\\u00") + k_hex[byte >> 4] + k_hex[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

std::string producer_text(const member &m) {
  return "{\"clientId\":" + json_text(m.client_id) + ",\"language\":" +
         json_text(protocol::language_name(protocol::language_from(m.language))) +
         ",\"lastUpdateTimestamp\":" + std::to_string(m.seen_wall_ms) +
         ",\"remoteIP\":" + json_text("/" + m.peer) + ",\"version\":" + std::to_string(m.version) +
         "}";
}

}  // namespace

answer put_group(group_state &s, const stn_req_view &q) {
  using body = protocol::subscription_group_config;
  return with_body<body>(q, [&](const body &b) -> answer {
    if (b.name.empty()) return {system_error, "the group has no name"};
    s.groups->put(b, s.log.now_ms());
    s.saver.request();
    s.log.info("group settings changed", {{"group", b.name}, {"by", view(q.peer)}});
    return {};
  });
}

answer all_groups(group_state &s, const stn_req_view &) {
  return {.body = protocol::encode(s.groups->snapshot())};
}

answer group_settings(group_state &s, const stn_req_view &q) {
  const auto name = protocol::find_field(protocol::fields_from(q.fields, q.n_fields), "group");
  if (name.data() == nullptr) {
    return {system_error, protocol::refusal_of_field({protocol::errc::missing_field, "group"})};
  }
  group_table::config c;
  if (s.find_or_make(name, &c)) return {.body = protocol::encode(c)};
  return {subscription_group_not_exist,
          "subscription group in this broker not existed, group name is " + std::string(name)};
}

answer delete_group(group_state &s, const stn_req_view &q) {
  using header = protocol::delete_group_header;
  return with_header<header>(q, [&](const header &h) -> answer {
    if (s.groups->remove(h.group_name, s.log.now_ms())) s.saver.request();
    if (h.clean_offset && s.offsets) s.offsets->forget(s.offsets.self, str(h.group_name));
    s.log.info("group deleted", {{"group", h.group_name}, {"by", view(q.peer)}});
    return {};
  });
}

answer consumer_connections(group_state &s, const stn_req_view &q) {
  using header = protocol::consumer_group_header;
  return with_header<header>(q, [&](const header &h) -> answer {
    protocol::consumer_connection all;
    if (s.consumers.describe(h.consumer_group, &all)) return {.body = protocol::encode(all)};
    return {consumer_not_online,
            "the consumer group[" + std::string(h.consumer_group) + "] not online"};
  });
}

answer producer_connections(group_state &s, const stn_req_view &q) {
  using header = protocol::producer_group_header;
  return with_header<header>(q, [&](const header &h) -> answer {
    std::vector<member> members;
    if (!s.producers.members(h.producer_group, &members)) {
      return {system_error, "the producer group[" + std::string(h.producer_group) + "] not exist"};
    }
    protocol::producer_connection all;
    for (const member &m : members) {
      all.connections.push_back(
          {m.client_id, m.peer, protocol::language_from(m.language), m.version});
    }
    return {.body = protocol::encode(all)};
  });
}

answer all_producers(group_state &s, const stn_req_view &) {
  std::string text = "{\"data\":{";
  bool first_group = true;
  for (const auto &[group, members] : s.producers.all()) {
    text += (first_group ? "" : ",") + json_text(group) + ":[";
    first_group = false;
    for (size_t i = 0; i < members.size(); i++) {
      text += (i == 0 ? "" : ",") + producer_text(members[i]);
    }
    text += "]";
  }
  return {.body = text + "}}"};
}

}  // namespace stn::broker_groups
