#include "query_handlers.h"

#include <algorithm>

#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/field.h"
#include "stanchion/protocol/headers/pull.h"
#include "stanchion/protocol/outcome.h"

namespace stn::query {

namespace {

namespace code = protocol::response_code;

// Decodes the header of the request and hands it to f, or says what is wrong with it.
template <class Header, class F>
query_answer with_header(const stn_req_view &q, F &&f) {
  Header h;
  const auto o = decode(protocol::fields_from(q.fields, q.n_fields), &h);
  return o.ok() ? f(h) : query_answer{code::system_error, protocol::refusal_of_field(o)};
}

query_answer failed(stn_status s, const stn_error &err) {
  const std::string why(err.msg, err.msg_len);
  if (s == STN_E_UNSUPPORTED) return {code::request_code_not_supported, why};
  return {code::system_error, why};
}

}  // namespace

query_answer query_handlers::by_key(const stn_req_view &q) const {
  using header = protocol::query_message_header;
  return with_header<header>(q, [this](const header &h) -> query_answer {
    const uint32_t asked = h.max_num < 0 ? 0 : static_cast<uint32_t>(h.max_num);
    const uint32_t max = std::min(h.unique_key ? limits_.unique : asked, limits_.messages);
    std::vector<stn_bslice> records(std::max<uint32_t>(max, 1));
    stn_key_query k{sizeof(k), max, str(h.topic), str(h.key), h.begin_ms, h.end_ms};
    stn_key_found found{};
    found.size = sizeof(found);
    found.cap = max;
    found.records = records.data();
    stn_error err{};
    stn_status s = STN_E_UNSUPPORTED;
    if (STN_HAS(store_.api, stn_store_api, find_by_key)) {
      s = store_->find_by_key(store_.self, &k, &found, &err);
    }
    if (s != STN_OK) return failed(s, err);
    const bool none = found.n == 0;
    query_answer a;
    a.fields = {{"indexLastUpdateTimestamp", std::to_string(none ? 0 : found.indexed_ms)},
                {"indexLastUpdatePhyoffset", std::to_string(none ? 0 : found.indexed_phys)}};
    if (none) {
      a.code = code::query_not_found;
      a.remark = "can not find message, maybe time range not correct";
      return a;
    }
    // The store gives the newest first; the answer goes along the log, as the original's.
    records.resize(found.n);
    std::reverse(records.begin(), records.end());
    a.body = std::move(records);
    return a;
  });
}

query_answer query_handlers::by_position(const stn_req_view &q) const {
  using header = protocol::view_message_header;
  return with_header<header>(q, [this](const header &h) -> query_answer {
    stn_bslice record{};
    stn_error err{};
    const stn_status s = store_->read(store_.self, h.offset, &record, &err);
    if (s == STN_OK) return {.body = {record}};
    if (s != STN_E_NOT_FOUND) return failed(s, err);
    return {code::system_error, "can not find message by the offset, " + std::to_string(h.offset)};
  });
}

}  // namespace stn::query
