// fakes.h - the neighbours of broker-send under a test's control, and a harness that drives the plugin between them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stanchion/ext/groups.h"
#include "stanchion/ext/put_hook.h"
#include "stanchion/ext/store.h"
#include "stanchion/ext/topics.h"
#include "stanchion/request.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace stn::broker_send::testing {

using fields = std::vector<std::pair<std::string, std::string>>;

// What a record looked like when it reached the store.
struct appended {
  stn_append record;
  std::string body;
  std::string properties;
  std::string born_host;
};

// Completes each append at once, or when told; positions count up by 100, offsets by 1 per queue.
class fake_store {
 public:
  stn_status accept = STN_OK;   // what append() answers
  stn_status outcome = STN_OK;  // status of completions
  bool hold = false;            // completions wait for complete_all()
  uint32_t batch_size = 0;      // completions of a client batch; 0: failed batches complete once
  int appends = 0;
  std::vector<appended> records;
  std::map<int64_t, std::string> stored;  // by position, for read()
  int pinned = 0;

  void complete_all() {
    std::vector<stn_cqe> done = std::move(waiting_);
    waiting_.clear();
    if (!done.empty()) sink_->complete(sink_, done.data(), static_cast<uint32_t>(done.size()));
  }
  // The same, one call per completion.
  void complete_one_by_one() {
    std::vector<stn_cqe> done = std::move(waiting_);
    waiting_.clear();
    for (const stn_cqe &e : done) sink_->complete(sink_, &e, 1);
  }
  stn_iface iface() {
    static const stn_store_api t = [] {
      stn_store_api a{};
      a.h = {sizeof(a), STN_VER(1, 0)};
      a.append = [](void *s, const stn_append *v, uint32_t n, stn_exec *, const stn_sink *k,
                    stn_error *) { return static_cast<fake_store *>(s)->append(v, n, k); };
      a.read = [](void *s, int64_t phys, stn_bslice *out, stn_error *) {
        return static_cast<fake_store *>(s)->read(phys, out);
      };
      return a;
    }();
    return {&t.h, this};
  }

 private:
  struct pin {
    stn_owner owner;
    fake_store *store;
  };

  stn_status append(const stn_append *v, uint32_t n, const stn_sink *k) {
    appends++;
    if (accept != STN_OK) return accept;
    sink_ = k;
    for (uint32_t i = 0; i < n; i++) add(v[i]);
    if (!hold) complete_all();
    return STN_OK;
  }
  void add(const stn_append &v) {
    appended a{v, std::string(stn::view(v.body)), {}, std::string(stn::view(v.born_host))};
    for (uint32_t i = 0; i < v.n_props; i++) a.properties += stn::view(v.props[i]);
    records.push_back(std::move(a));
    const bool batch = (v.flags & STN_APPEND_BATCH) != 0;
    const uint32_t n = batch && batch_size > 0 ? batch_size : 1;
    for (uint32_t i = 0; i < n; i++) {
      stn_cqe e{};
      e.user = v.user;
      e.status = outcome;
      e.flags = i + 1 < n ? STN_CQE_MORE : 0;
      e.r[0] = next_phys_;
      e.r[1] = next_offset_[{v.topic, v.queue}]++;
      next_phys_ += 100;
      waiting_.push_back(e);
    }
  }
  stn_status read(int64_t phys, stn_bslice *out) {
    auto found = stored.find(phys);
    if (found == stored.end()) return STN_E_NOT_FOUND;
    static const stn_owner_ops ops = {
        {sizeof(stn_owner_ops), STN_VER(1, 0)},
        [](stn_owner *o, uint32_t n) { reinterpret_cast<pin *>(o)->store->pinned += n; },
        [](stn_owner *o, uint32_t n) { reinterpret_cast<pin *>(o)->store->pinned -= n; }};
    pin_ = {{&ops}, this};
    pinned++;
    *out = {found->second.data(), found->second.size(), &pin_.owner};
    return STN_OK;
  }

  const stn_sink *sink_ = nullptr;
  std::vector<stn_cqe> waiting_;
  int64_t next_phys_ = 0;
  std::map<std::pair<uint32_t, int32_t>, int64_t> next_offset_;
  pin pin_{};
};

class fake_topics {
 public:
  std::map<std::string, stn_topic> topics;
  bool auto_create = true;
  bool may_make = true;
  int lookups = 0;
  int looked_up = 0;
  std::vector<std::string> made;
  std::string store_host = std::string("\x7f\x00\x00\x01\x00\x00\xbb\x27", 8);

  stn_topic &add(const std::string &name, int32_t queues, int32_t perm = 6) {
    const auto id = static_cast<uint32_t>(topics.size() + 1);
    return topics[name] = stn_topic{STN_OK, id, queues, queues, perm, 0, 0, 0};
  }
  uint32_t id(const std::string &name) const { return topics.at(name).id; }

  stn_iface iface() {
    identity_ = {
        sizeof(stn_identity), 0, 0, str("DefaultCluster"), str("broker-a"), str("127.0.0.1:47911"),
        slice(store_host)};
    static const stn_topics_api t = {
        {sizeof(stn_topics_api), STN_VER(1, 0)},
        [](void *s, const stn_str *names, uint32_t n, stn_topic *out) {
          static_cast<fake_topics *>(s)->lookup(names, n, out);
        },
        [](void *s, stn_str name, int32_t queues, int32_t perm, stn_topic *out, stn_error *) {
          return static_cast<fake_topics *>(s)->ensure(std::string(stn::view(name)), queues, perm,
                                                       out);
        },
        [](void *s, stn_str name, stn_str base, int32_t queues, stn_topic *out, stn_error *) {
          return static_cast<fake_topics *>(s)->derive(std::string(stn::view(name)),
                                                       std::string(stn::view(base)), queues, out);
        },
        [](void *s) -> const stn_identity * { return &static_cast<fake_topics *>(s)->identity_; }};
    return {&t.h, this};
  }

 private:
  void lookup(const stn_str *names, uint32_t n, stn_topic *out) {
    lookups++;
    looked_up += static_cast<int>(n);
    for (uint32_t i = 0; i < n; i++) {
      auto found = topics.find(std::string(stn::view(names[i])));
      out[i] =
          found != topics.end() ? found->second : stn_topic{STN_E_NOT_FOUND, 0, 0, 0, 0, 0, 0, 0};
    }
  }
  stn_status ensure(const std::string &name, int32_t queues, int32_t perm, stn_topic *out) {
    if (topics.count(name) == 0) {
      if (!may_make) return STN_E_NO_SPACE;
      add(name, queues, perm);
      made.push_back(name);
    }
    *out = topics[name];
    return STN_OK;
  }
  stn_status derive(const std::string &name, const std::string &base, int32_t queues,
                    stn_topic *out) {
    if (topics.count(name) == 0) {
      auto from = topics.find(base);
      if (!auto_create || from == topics.end() || (from->second.perm & STN_PERM_INHERIT) == 0) {
        return STN_E_NOT_FOUND;
      }
      add(name, std::min(queues, from->second.write_queues), from->second.perm & ~STN_PERM_INHERIT);
      made.push_back(name);
    }
    *out = topics[name];
    return STN_OK;
  }

  stn_identity identity_{};
};

class fake_groups {
 public:
  std::map<std::string, stn_group> groups;

  stn_iface iface() {
    static const stn_groups_api t = [] {
      stn_groups_api a{};
      a.h = {sizeof(a), STN_VER(1, 0)};
      a.group = [](void *s, stn_str name, stn_group *out, stn_error *) -> stn_status {
        auto &all = static_cast<fake_groups *>(s)->groups;
        auto found = all.find(std::string(stn::view(name)));
        if (found == all.end()) return STN_E_NOT_FOUND;
        *out = found->second;
        return STN_OK;
      };
      return a;
    }();
    return {&t.h, this};
  }
};

// A put hook made of a function.
class fake_hook {
 public:
  using function = std::function<void(stn_append *, stn_verdict *, uint32_t, stn_scratch *)>;
  explicit fake_hook(function f) : f_(std::move(f)) {}
  stn_iface iface() {
    static const stn_put_hook_api t = {
        {sizeof(stn_put_hook_api), STN_VER(1, 0)},
        [](void *s, stn_append *v, stn_verdict *verdict, uint32_t n, stn_scratch *mem) {
          static_cast<fake_hook *>(s)->f_(v, verdict, n, mem);
        }};
    return {&t.h, this};
  }

 private:
  function f_;
};

// Fields of a send with the long names.
inline fields send_fields(const std::string &topic, int32_t queue, fields more = {}) {
  fields f = {{"producerGroup", "pg"},
              {"topic", topic},
              {"defaultTopic", "TBW102"},
              {"defaultTopicQueueNums", "4"},
              {"queueId", std::to_string(queue)},
              {"sysFlag", "0"},
              {"bornTimestamp", "1700000000000"},
              {"flag", "7"}};
  for (auto &p : more) {
    auto same = std::find_if(f.begin(), f.end(), [&](auto &q) { return q.first == p.first; });
    if (same != f.end()) {
      same->second = p.second;
    } else {
      f.push_back(p);
    }
  }
  return f;
}

inline stn::testing::fake_request send_request(const std::string &topic, int32_t queue,
                                               fields more = {},
                                               const std::string &body = "hello") {
  stn::testing::fake_request q;
  q.code = 10;
  q.fields = send_fields(topic, queue, std::move(more));
  q.body = body;
  return q;
}

// The plugin between its fakes. Topic T has 4 queues, TBW102 is inheritable with 8.
class send_fixture : public ::testing::Test {
 protected:
  void SetUp() override {
    topics.add("T", 4);
    topics.add("TBW102", 8, 7);
    host.set_cfg("max_message_size", 1 << 20).set_cfg("region", "DefaultRegion");
    host.set_cfg("trace_on", 1);
    host.provide(STN_STORE_ID, store.iface()).provide(STN_TOPICS_ID, topics.iface());
    host.provide(STN_GROUPS_ID, groups.iface());
  }
  void add_hook(fake_hook::function f) {
    hooks.push_back(std::make_unique<fake_hook>(std::move(f)));
    host.provide(STN_PUT_HOOK_ID, hooks.back()->iface());
  }
  void up() {
    plugin = std::make_unique<stn::testing::hosted_plugin>(host);
    ASSERT_EQ(plugin->up(), STN_OK) << plugin->error();
    api = plugin->get<stn_processor_api>(STN_PROCESSOR_ID);
    ASSERT_TRUE(api);
  }
  stn::testing::fake_answer call(stn::testing::fake_request q) {
    if (!plugin) up();
    return requests.call(api.api, api.self, std::move(q));
  }
  void handle() {
    if (!plugin) up();
    requests.handle(api.api, api.self);
  }
  int64_t failures(const char *code) {
    return host.metrics().value(std::string("stn_send_failures_total{code=\"") + code + "\"}");
  }

  fake_store store;
  fake_topics topics;
  fake_groups groups;
  std::vector<std::unique_ptr<fake_hook>> hooks;
  stn::testing::fake_host host{"broker-send", 2};
  std::unique_ptr<stn::testing::hosted_plugin> plugin;
  iface<stn_processor_api> api;
  stn::testing::fake_requests requests{host.exec().io(1)};
};

}  // namespace stn::broker_send::testing
