// fake_transport.h - name servers that the test plays: connections and calls complete at once, or when the test says so.
//
// Thread of the test only, except that completions may run on the thread of the call.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "stanchion/ext/transport.h"
#include "stanchion/protocol/bodies/register_broker.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_topics::testing {

struct seen_call {
  std::string address;
  int32_t code;
  std::map<std::string, std::string> fields;
  std::string body;

  // Names of the topics in a registration.
  std::set<std::string> topics() const {
    protocol::register_broker_body b;
    STN_CHECK(decode(body, &b).ok());
    std::set<std::string> names;
    for (const auto &[name, t] : b.topics.topics) names.insert(name);
    return names;
  }
};

class fake_transport {
 public:
  // Addresses that refuse connections.
  std::set<std::string> refusing;
  // Calls stay unanswered until answer_all().
  bool hold = false;
  // What a registration is answered with.
  int32_t reply_code = 0;
  std::string reply_body;

  std::vector<seen_call> calls;
  std::string bound = "127.0.0.1:10911";
  int connects = 0;
  int open_connections = 0;

  size_t held() const { return held_.size(); }
  void answer_all() {
    while (!held_.empty()) {
      held_call c = held_.front();
      held_.pop_front();
      complete(c, STN_OK);
    }
  }
  // Every connection breaks; calls under way fail, later calls are refused.
  void break_connections() {
    for (auto &c : connections_) c->open = false;
    while (!held_.empty()) {
      held_call c = held_.front();
      held_.pop_front();
      complete(c, STN_E_CLOSED);
    }
  }
  // The newest connection to an address.
  const stn_conn *connection_to(std::string_view address) const {
    const stn_conn *found = nullptr;
    for (auto &c : connections_) {
      if (c->address == address) found = reinterpret_cast<const stn_conn *>(c.get());
    }
    return found;
  }
  std::vector<seen_call> calls_of(int32_t code) const {
    std::vector<seen_call> out;
    std::copy_if(calls.begin(), calls.end(), std::back_inserter(out),
                 [&](auto &c) { return c.code == code; });
    return out;
  }

  stn_iface iface() { return {&table()->h, this}; }

 private:
  struct connection {
    fake_transport *owner;
    std::string address;
    bool open = true;
    int shares = 1;
  };
  struct held_call {
    uint64_t user;
    const stn_sink *sink;
    int32_t code;
  };

  static fake_transport &me(void *self) { return *static_cast<fake_transport *>(self); }
  static connection *of(stn_conn *c) { return reinterpret_cast<connection *>(c); }

  void complete(const held_call &c, stn_status status) {
    stn_answer a{};
    a.size = sizeof(a);
    a.code = c.code == 103 ? reply_code : 0;
    a.body = slice(c.code == 103 ? reply_body : std::string_view());
    stn_cqe e{};
    e.user = c.user;
    e.status = status;
    e.obj = status == STN_OK ? &a : nullptr;
    c.sink->complete(c.sink, &e, 1);
  }

  static stn_status listener(void *self, uint32_t i, stn_listener *out) {
    static constexpr std::string_view k_scopes[] = {"namesrv", "broker.fast", "broker"};
    if (i >= std::size(k_scopes)) return STN_E_NOT_FOUND;
    out->name = out->scope = str(k_scopes[i]);
    out->address = i == 2 ? str(me(self).bound) : str("127.0.0.1:1");
    return STN_OK;
  }
  static stn_status connect(void *self, stn_str address, uint64_t, stn_exec *, uint64_t user,
                            const stn_sink *k, stn_error *) {
    fake_transport &t = me(self);
    t.connects++;
    stn_cqe e{};
    e.user = user;
    e.status = t.refusing.contains(std::string(view(address))) ? STN_E_IO : STN_OK;
    if (e.status == STN_OK) {
      t.connections_.push_back(
          std::make_unique<connection>(connection{&t, std::string(view(address))}));
      t.open_connections++;
      e.obj = t.connections_.back().get();
    }
    k->complete(k, &e, 1);
    return STN_OK;
  }
  static stn_status call(stn_conn *c, const stn_call *q, uint64_t user, const stn_sink *k,
                         stn_error *) {
    fake_transport &t = *of(c)->owner;
    seen_call s{of(c)->address, q->code, {}, {}};
    for (uint32_t i = 0; i < q->n_fields; i++)
      s.fields[std::string(view(q->fields[i].key))] = view(q->fields[i].value);
    for (uint32_t i = 0; i < q->n_body; i++) s.body += view(q->body[i]);
    const held_call held{user, k, q->code};
    if (!of(c)->open) {
      t.complete(held, STN_E_CLOSED);
      return STN_OK;
    }
    t.calls.push_back(std::move(s));
    if (t.hold) {
      t.held_.push_back(held);
    } else {
      t.complete(held, STN_OK);
    }
    return STN_OK;
  }

  static const stn_transport_api *table() {
    static const stn_transport_api t = {{sizeof(stn_transport_api), STN_VER(1, 0)},
                                        listener,
                                        connect,
                                        call,
                                        [](stn_conn *const *, uint32_t, const stn_call *) {},
                                        [](stn_conn *c) { of(c)->shares++; },
                                        [](stn_conn *c) {
                                          if (--of(c)->shares == 0)
                                            of(c)->owner->open_connections--;
                                        },
                                        [](stn_conn *c) {
                                          of(c)->open = false;
                                          of(c)->owner->break_closed();
                                        }};
    return &t;
  }
  // A closed connection completes its calls; the tests close only all at once.
  void break_closed() {
    if (std::none_of(connections_.begin(), connections_.end(), [](auto &c) { return c->open; }))
      break_connections();
  }

  std::vector<std::unique_ptr<connection>> connections_;
  std::deque<held_call> held_;
};

}  // namespace stn::broker_topics::testing
