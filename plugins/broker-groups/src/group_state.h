// group_state: everything the handlers of this plugin work on, made at init and alive until destroy.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "consumer_table.h"
#include "group_table.h"
#include "notifier.h"
#include "producer_table.h"
#include "queue_locks.h"
#include "stanchion/ext/filter.h"
#include "stanchion/ext/offsets.h"
#include "stanchion/ext/topics.h"
#include "stanchion/ext/transport.h"
#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"
#include "stanchion/request.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/background_saver.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_groups {

struct group_state {
  host log;
  iface<stn_transport_api> transport;
  iface<stn_topics_api> topics;
  iface<stn_offsets_api> offsets;              // none: offsets of deleted groups stay
  std::vector<iface<stn_filter_api>> filters;  // for checks of subscriptions
  std::unique_ptr<group_table> groups;
  std::unique_ptr<queue_locks> locks;
  std::unique_ptr<notifier> notify;
  consumer_table consumers;
  producer_table producers;
  background_saver saver;  // of groups

  int64_t mono_ms() const { return static_cast<int64_t>(log.mono_ns() / 1'000'000); }
  // As group_table's, and what was made is saved.
  bool find_or_make(std::string_view name, group_table::config *out) {
    const uint64_t before = groups->changes();
    const bool found = groups->find_or_make(name, log.now_ms(), out);
    if (groups->changes() != before) saver.request();
    return found;
  }
};

// Decodes the header of the request and hands it to f, or says what is wrong with it.
template <class Header, class F>
answer with_header(const stn_req_view &q, F &&f) {
  Header h;
  const auto o = decode(protocol::fields_from(q.fields, q.n_fields), &h);
  return o.ok() ? f(h) : answer{k_answer_failed, protocol::refusal_of_field(o)};
}

// The same for the body.
template <class Body, class F>
answer with_body(const stn_req_view &q, F &&f) {
  Body body;
  const auto o = decode(view(q.body), &body);
  if (o.ok()) return f(body);
  std::string why = "the body of the request is " + std::string(protocol::describe(o.code));
  if (!o.name.empty()) why += ": " + std::string(o.name);
  return {k_answer_failed, why};
}

}  // namespace stn::broker_groups
