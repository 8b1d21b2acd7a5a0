#include "topic_handlers.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "stanchion/protocol/bodies/route.h"
#include "stanchion/protocol/bodies/stats.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/headers/admin.h"
#include "stanchion/protocol/message_record.h"

namespace stn::broker_topics {

namespace {

namespace code = protocol::response_code;

protocol::field_span fields_of(const stn_req_view &q) {
  return protocol::fields_from(q.fields, q.n_fields);
}

answer failure(std::string remark) {
  return {.code = code::system_error, .remark = std::move(remark)};
}

answer bad_input(const protocol::outcome &o) {
  return failure(std::string(o.name) + ": " + std::string(protocol::describe(o.code)));
}

}  // namespace

// Why this topic may not be changed from outside; code 0 if it may.
answer topic_handlers::refuse(std::string_view topic) const {
  if (self.get()->broker_id != 0) {
    return failure(
        "Can't modify topic or subscription group from slave broker, please execute it from master "
        "broker.");
  }
  if (const name_check c = check_topic_name(topic); c != name_check::legal) {
    return failure(std::string(describe(c)));
  }
  if (table.system().contains(topic)) {
    return failure("The topic[" + std::string(topic) + "] is conflict with system topic.");
  }
  return {};
}

change_answer topic_handlers::put(const std::vector<protocol::topic_config> &topics) const {
  result<uint64_t> generation = table.put(topics);
  if (!generation.ok()) return {failure(generation.error().message())};
  if (status s = save(); !s.ok()) return {failure(s.message())};
  // The original's remark of a success: clients print it.
  return {{.remark = "not set any response code"}, generation.value()};
}

change_answer topic_handlers::create(const stn_req_view &q) const {
  protocol::create_topic_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return {bad_input(o)};
  if (answer no = refuse(h.topic); no.code != 0) return {std::move(no)};
  protocol::topic_config t;
  t.name = h.topic;
  t.read_queues = h.read_queues;
  t.write_queues = h.write_queues;
  t.perm = h.perm;
  if (!h.filter_type.empty()) t.filter_type = h.filter_type;
  t.sys_flag = h.sys_flag;
  if (t.read_queues < 0 || t.write_queues < 0)
    return {failure("a topic has no negative number of queues")};
  change_answer a = put({t});
  log.info("topic set", {{"topic", h.topic},
                         {"read_queues", h.read_queues},
                         {"write_queues", h.write_queues},
                         {"perm", h.perm},
                         {"peer", view(q.peer)},
                         {"code", a.reply.code}});
  return a;
}

answer topic_handlers::remove(const stn_req_view &q) const {
  protocol::topic_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_input(o);
  if (answer no = refuse(h.topic); no.code != 0) return no;
  const std::optional<uint32_t> id = table.remove(h.topic);
  log.info("topic deleted",
           {{"topic", h.topic}, {"known", id.has_value() ? 1 : 0}, {"peer", view(q.peer)}});
  if (!id) return {};
  if (status s = save(); !s.ok()) return failure(s.message());
  stn_error err{};
  if (store->drop_topic(store.self, *id, &err) != STN_OK) {
    return failure("queues not removed: " + std::string(err.msg, err.msg_len));
  }
  return {};
}

answer topic_handlers::all(const stn_req_view &) const {
  return {.body = encode(table.changes_since(0).table)};
}

// Store time of one message, 0 if it cannot be read.
int64_t topic_handlers::stored_at(uint32_t topic, int32_t queue, int64_t offset) const {
  int64_t phys = 0;
  stn_entries e{};
  e.size = sizeof(e);
  e.cap = 1;
  e.phys = &phys;
  if (store->entries(store.self, topic, queue, offset, &e, nullptr) != STN_OK || e.n == 0) return 0;
  stn_bslice bytes{};
  if (store->read(store.self, phys, &bytes, nullptr) != STN_OK) return 0;
  protocol::record_view record;
  const std::string_view range(static_cast<const char *>(bytes.data), bytes.len);
  const int64_t ms = decode_record(range, &record).ok() ? record.store_ms : 0;
  if (bytes.owner != nullptr) bytes.owner->ops->release(bytes.owner, 1);
  return ms;
}

answer topic_handlers::stats(const stn_req_view &q) const {
  protocol::topic_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_input(o);
  const stn_str name = str(h.topic);
  stn_topic t{};
  table.lookup(&name, 1, &t);
  if (t.status != STN_OK) {
    return {.code = code::topic_not_exist,
            .remark = "topic[" + std::string(h.topic) + "] not exist"};
  }
  protocol::topic_stats_table out;
  const int32_t n = std::max(t.read_queues, t.write_queues);
  for (int32_t queue = 0; queue < n; queue++) {
    stn_queue_info info{};
    if (store->queue_info(store.self, t.id, &queue, 1, &info) != STN_OK) continue;
    const int64_t last_ms = info.max > info.min ? stored_at(t.id, queue, info.max - 1) : 0;
    out.emplace(
        protocol::message_queue{std::string(h.topic), std::string(view(self.get()->broker)), queue},
        protocol::topic_offset{info.min, info.max, last_ms});
  }
  return {.body = encode(out)};
}

answer topic_handlers::system_list(const stn_req_view &) const {
  return {.body = encode(protocol::topic_list{table.system().names(), {}})};
}

answer topic_handlers::one(const stn_req_view &q) const {
  protocol::topic_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_input(o);
  const std::optional<protocol::topic_config> t = table.find(h.topic);
  if (!t) {
    return {.code = code::topic_not_exist,
            .remark = "No topic in this broker. topic: " + std::string(h.topic)};
  }
  return {.body = encode(*t)};
}

}  // namespace stn::broker_topics
