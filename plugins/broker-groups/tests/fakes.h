// fakes: transport, topics, offsets and a filter as far as groups need them. Thread-compatible.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stanchion/ext/filter.h"
#include "stanchion/ext/offsets.h"
#include "stanchion/ext/topics.h"
#include "stanchion/ext/transport.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_groups::testing {

// Connections that count their shares and remember what was pushed to them.
class fake_transport {
 public:
  struct conn {
    uint64_t id = 0;
    int64_t shares = 0;
    bool closed = false;
    std::vector<std::string> told;  // groups of the notifications, in order
  };

  conn *connect(uint64_t id) {
    conns_[id].id = id;
    return &conns_[id];
  }
  conn &at(uint64_t id) { return conns_.at(id); }
  static stn_conn *handle(conn *c) { return reinterpret_cast<stn_conn *>(c); }
  int64_t shares() const {
    int64_t n = 0;
    for (const auto &[id, c] : conns_) n += c.shares;
    return n;
  }

  stn_iface api() { return {&table()->h, this}; }
  static const stn_transport_api *table() {
    static const stn_transport_api t = {{sizeof(stn_transport_api), STN_VER(1, 0)},
                                        nullptr,
                                        nullptr,
                                        nullptr,
                                        [](stn_conn *const *c, uint32_t n, const stn_call *q) {
                                          STN_CHECK(q->code == 40 && q->n_fields == 1);
                                          STN_CHECK(view(q->fields[0].key) == "consumerGroup");
                                          for (uint32_t i = 0; i < n; i++)
                                            of(c[i])->told.emplace_back(view(q->fields[0].value));
                                        },
                                        [](stn_conn *c) { of(c)->shares++; },
                                        [](stn_conn *c) {
                                          STN_CHECK(of(c)->shares > 0);
                                          of(c)->shares--;
                                        },
                                        [](stn_conn *c) { of(c)->closed = true; }};
    return &t;
  }

 private:
  static conn *of(stn_conn *c) { return reinterpret_cast<conn *>(c); }
  std::map<uint64_t, conn> conns_;
};

// Remembers which topics were asked for.
class fake_topics {
 public:
  std::map<std::string, std::pair<int32_t, int32_t>> ensured;  // name to queues, perm

  stn_iface api() {
    static const stn_topics_api t = {
        {sizeof(stn_topics_api), STN_VER(1, 0)},
        nullptr,
        [](void *self, stn_str name, int32_t queues, int32_t perm, stn_topic *, stn_error *) {
          static_cast<fake_topics *>(self)->ensured[std::string(view(name))] = {queues, perm};
          return stn_status{STN_OK};
        },
        nullptr,
        nullptr};
    return {&t.h, this};
  }
};

class fake_offsets {
 public:
  std::set<std::string> forgotten;

  stn_iface api() {
    static const stn_offsets_api t = {
        {sizeof(stn_offsets_api), STN_VER(1, 0)}, nullptr, [](void *self, stn_str group) {
          static_cast<fake_offsets *>(self)->forgotten.emplace(view(group));
        }};
    return {&t.h, this};
  }
};

// Serves type SQL92 and refuses the expression "bad".
class fake_filter {
 public:
  int64_t alive = 0;  // matchers not destroyed

  stn_iface api() {
    static const stn_filter_api t = {
        {sizeof(stn_filter_api), STN_VER(1, 0)},
        [](void *, const char *const **names) {
          static const char *const k_names[] = {"SQL92", nullptr};
          *names = k_names;
          return stn_status{STN_OK};
        },
        [](void *self, stn_str, stn_str expr, stn_matcher **out, stn_error *err) {
          if (view(expr) == "bad") return stn_error_set(err, STN_E_INVALID, "bad at 1");
          auto *me = static_cast<fake_filter *>(self);
          me->alive++;
          *out = reinterpret_cast<stn_matcher *>(&me->alive);
          return stn_status{STN_OK};
        },
        [](stn_matcher *m) { --*reinterpret_cast<int64_t *>(m); },
        nullptr,
        nullptr};
    return {&t.h, this};
  }
};

}  // namespace stn::broker_groups::testing
