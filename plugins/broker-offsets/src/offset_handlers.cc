#include "offset_handlers.h"

#include <utility>

#include "offset_file.h"
#include "stanchion/protocol/bodies/stats.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/field.h"
#include "stanchion/protocol/headers/admin.h"
#include "stanchion/protocol/headers/offset.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/protocol/outcome.h"

namespace stn::broker_offsets {

namespace {

using protocol::response_code::query_not_found;
using protocol::response_code::system_error;

// Decodes the header of the request and hands it to f, or says what is wrong with it.
template <class Header, class F>
answer with_header(const stn_req_view &q, F &&f) {
  Header h;
  const auto o = decode(protocol::fields_from(q.fields, q.n_fields), &h);
  return o.ok() ? f(h) : answer{system_error, protocol::refusal_of_field(o)};
}

// 5.x says which end of a run of messages it wants; 0: the nearest message, as 4.9.
int32_t bound_of(std::string_view type) {
  if (type == "lower" || type == "LOWER") return STN_BOUND_LOWER;
  if (type == "upper" || type == "UPPER") return STN_BOUND_UPPER;
  return 0;
}

answer offset_answer(int64_t offset) { return {.fields = {{"offset", std::to_string(offset)}}}; }

// Records come with an owner; only their store time is wanted.
int64_t take_store_time(const stn_bslice &record) {
  protocol::record_view m;
  const bool ok =
      protocol::decode_record({static_cast<const char *>(record.data), record.len}, &m).ok();
  const int64_t ms = ok ? m.store_ms : -1;
  if (record.owner != nullptr) record.owner->ops->release(record.owner, 1);
  return ms;
}

}  // namespace

stn_topic offset_handlers::topic(std::string_view name) const {
  const stn_str n = str(name);
  stn_topic t{};
  topics_->lookup(topics_.self, &n, 1, &t);
  return t;
}

stn_queue_info offset_handlers::info(const stn_topic &t, int32_t queue) const {
  stn_queue_info i{};
  if (t.status != STN_OK || queue < 0) return i;
  if (store_->queue_info(store_.self, t.id, &queue, 1, &i) != STN_OK) return {};
  return i;
}

int64_t offset_handlers::store_time(const stn_topic &t, int32_t queue, int64_t offset) const {
  if (t.status != STN_OK || queue < 0 || offset < 0) return -1;
  int64_t phys = 0;
  stn_entries e{};
  e.size = sizeof(e);
  e.cap = 1;
  e.phys = &phys;
  if (store_->entries(store_.self, t.id, queue, offset, &e, nullptr) != STN_OK || e.n == 0) {
    return -1;
  }
  stn_bslice record{};
  if (store_->read(store_.self, phys, &record, nullptr) != STN_OK) return -1;
  return take_store_time(record);
}

answer offset_handlers::query(const stn_req_view &q) const {
  using header = protocol::query_consumer_offset_header;
  return with_header<header>(q, [this](const header &h) -> answer {
    const int64_t stored = table_->query(h.consumer_group, h.topic, h.queue_id);
    if (stored >= 0) return offset_answer(stored);
    // A new group on a young queue begins at its first message, whatever it was told about where to begin.
    if (h.zero_if_not_found && info(topic(h.topic), h.queue_id).min <= 0) return offset_answer(0);
    return {query_not_found, "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first"};
  });
}

answer offset_handlers::update(const stn_req_view &q) const {
  using header = protocol::update_consumer_offset_header;
  return with_header<header>(q, [this](const header &h) -> answer {
    if (table_->commit(h.consumer_group, h.topic, h.queue_id, h.commit_offset)) return {};
    return {system_error, "the table of consumer offsets is full"};
  });
}

answer offset_handlers::search_by_time(const stn_req_view &q) const {
  using header = protocol::search_offset_header;
  return with_header<header>(q, [this](const header &h) -> answer {
    const stn_topic t = topic(h.topic);
    if (t.status != STN_OK || h.queue_id < 0) return offset_answer(0);
    int64_t offset = 0;
    stn_error err{};
    const int32_t bound = bound_of(h.boundary_type);
    const bool bounded = bound != 0 && STN_HAS(store_.api, stn_store_api, bound_by_time);
    const stn_status s = bounded ? store_->bound_by_time(store_.self, t.id, h.queue_id,
                                                         h.timestamp_ms, bound, &offset, &err)
                                 : store_->offset_by_time(store_.self, t.id, h.queue_id,
                                                          h.timestamp_ms, &offset, &err);
    if (s == STN_OK || s == STN_E_NOT_FOUND) return offset_answer(offset);
    return {system_error, std::string(err.msg, err.msg_len)};
  });
}

answer offset_handlers::max_offset(const stn_req_view &q) const {
  using header = protocol::queue_header;
  return with_header<header>(
      q, [this](const header &h) { return offset_answer(info(topic(h.topic), h.queue_id).max); });
}

answer offset_handlers::min_offset(const stn_req_view &q) const {
  using header = protocol::queue_header;
  return with_header<header>(
      q, [this](const header &h) { return offset_answer(info(topic(h.topic), h.queue_id).min); });
}

answer offset_handlers::earliest_time(const stn_req_view &q) const {
  using header = protocol::queue_header;
  return with_header<header>(q, [this](const header &h) -> answer {
    const stn_topic t = topic(h.topic);
    const int64_t ms = store_time(t, h.queue_id, info(t, h.queue_id).min);
    return {.fields = {{"timestamp", std::to_string(ms)}}};
  });
}

answer offset_handlers::all_offsets(const stn_req_view &) const {
  return {.body = wire_text(table_->snapshot())};
}

answer offset_handlers::consume_stats(const stn_req_view &q) const {
  using header = protocol::consume_stats_header;
  return with_header<header>(q, [this](const header &h) -> answer {
    std::vector<std::string> names;
    if (h.topic.empty()) {
      names = table_->topics_of(h.consumer_group);
    } else {
      names.emplace_back(h.topic);
    }
    const std::string broker(view(topics_->identity(topics_.self)->broker));
    protocol::consume_stats stats;
    for (const std::string &name : names) {
      const stn_topic t = topic(name);
      for (int32_t i = 0; t.status == STN_OK && i < t.read_queues; i++) {
        const int64_t stored = table_->query(h.consumer_group, name, i);
        const int64_t last_ms = store_time(t, i, stored - 1);
        stats.queues[{name, broker, i}] = {info(t, i).max, stored < 0 ? 0 : stored,
                                           last_ms < 0 ? 0 : last_ms};
      }
    }
    return {.body = protocol::encode(stats)};
  });
}

}  // namespace stn::broker_offsets
