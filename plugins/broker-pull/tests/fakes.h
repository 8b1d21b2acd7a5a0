// fakes.h - the neighbours of broker-pull under a test's control, and a harness that drives the plugin between them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "stanchion/ext/filter.h"
#include "stanchion/ext/groups.h"
#include "stanchion/ext/offsets.h"
#include "stanchion/ext/store.h"
#include "stanchion/ext/topics.h"
#include "stanchion/request.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace stn::broker_pull::testing {

using fields = std::vector<std::pair<std::string, std::string>>;

// Queues in memory. A message is its body; its tag hash is its first character. put() may come from any thread.
class fake_store {
 public:
  struct queue {
    int64_t min = 0;
    std::deque<std::string> messages;  // from offset 0 on, those below min are gone
    int64_t max() const { return static_cast<int64_t>(messages.size()); }
  };
  std::map<std::pair<uint32_t, int32_t>, queue> queues;
  bool cold = false;            // NO_WAIT answers STN_E_AGAIN
  stn_status failure = STN_OK;  // what fetch answers if not OK
  int32_t outcome = -1;         // forced outcome
  uint32_t scan_max = 1000;     // entries looked at per fetch
  int fetches = 0;
  int waited = 0;  // fetches that may wait
  uint32_t last_max_msgs = 0;
  uint32_t last_max_bytes = 0;
  int pinned = 0;
  std::function<void()> before_hold;  // runs once, at the next fetch that finds the end of a queue

  // Adds messages; the watcher hears of them at once, or with notify().
  void put(uint32_t topic, int32_t q, const std::vector<std::string> &bodies, bool tell = true) {
    {
      std::lock_guard lock(mutex_);
      queue &to = queues[{topic, q}];
      to.messages.insert(to.messages.end(), bodies.begin(), bodies.end());
      pending_.push_back({topic, q, to.max(), bodies.back()[0]});
    }
    if (tell) notify();
  }
  void notify() {
    std::vector<stn_arrival> v;
    {
      std::lock_guard lock(mutex_);
      v.swap(pending_);
    }
    if (on_ != nullptr && !v.empty()) on_(user_, v.data(), static_cast<uint32_t>(v.size()));
  }

  stn_iface iface() {
    static const stn_store_api t = [] {
      stn_store_api a{};
      a.h = {sizeof(a), STN_VER(1, 0)};
      a.fetch = [](void *s, const stn_fetch *q, stn_fetched *out, stn_error *) {
        return static_cast<fake_store *>(s)->fetch(*q, out);
      };
      a.queue_info = [](void *s, uint32_t topic, const int32_t *q, uint32_t n,
                        stn_queue_info *out) -> stn_status {
        auto *self = static_cast<fake_store *>(s);
        std::lock_guard lock(self->mutex_);
        auto &all = self->queues;
        for (uint32_t i = 0; i < n; i++) {
          auto found = all.find({topic, q[i]});
          out[i] = found == all.end() ? stn_queue_info{0, 0}
                                      : stn_queue_info{found->second.min, found->second.max()};
        }
        return STN_OK;
      };
      a.watch = [](void *s, stn_arrival_fn on, void *user, stn_error *) -> stn_status {
        static_cast<fake_store *>(s)->on_ = on;
        static_cast<fake_store *>(s)->user_ = user;
        return STN_OK;
      };
      return a;
    }();
    return {&t.h, this};
  }

 private:
  stn_status fetch(const stn_fetch &q, stn_fetched *out) {
    const bool may_wait = (q.flags & STN_FETCH_NO_WAIT) == 0;
    fetches++;
    waited += may_wait ? 1 : 0;
    last_max_msgs = q.max_msgs;
    last_max_bytes = q.max_bytes;
    if (failure != STN_OK) return failure;
    if (cold && !may_wait) return STN_E_AGAIN;
    {
      std::lock_guard lock(mutex_);
      out->outcome = look(q, out);
    }
    if (out->outcome == STN_FETCHED_AT_END && before_hold) {
      auto step = std::move(before_hold);
      before_hold = nullptr;
      step();
    }
    return STN_OK;
  }
  int32_t look(const stn_fetch &q, stn_fetched *out) {
    auto found = queues.find({q.topic, q.queue});
    if (found == queues.end()) return STN_FETCHED_NO_QUEUE;
    const queue &from = found->second;
    out->min = from.min;
    out->max = from.max();
    if (outcome >= 0) {
      out->next = q.from + 5;
      return outcome;
    }
    if (out->max == 0) return STN_FETCHED_EMPTY;
    if (q.from < out->min) return STN_FETCHED_BELOW_MIN;
    if (q.from > out->max) return STN_FETCHED_BEYOND;
    if (q.from == out->max) return STN_FETCHED_AT_END;
    return scan(q, from, out);
  }
  int32_t scan(const stn_fetch &q, const queue &from, stn_fetched *out) {
    out->next = q.from;
    for (uint32_t n = 0; out->next < out->max && n < scan_max && out->n_msgs < q.max_msgs; n++) {
      const std::string &body = from.messages[static_cast<size_t>(out->next++)];
      if (!matches(q, body[0])) continue;
      out->slices[out->n_slices++] = {body.data(), body.size(), &pin_.owner};
      out->n_msgs++;
      out->bytes += body.size();
      pinned++;
    }
    return out->n_msgs > 0 ? STN_FETCHED_FOUND : STN_FETCHED_NO_MATCH;
  }
  static bool matches(const stn_fetch &q, int64_t hash) {
    if (q.filter == nullptr) return true;
    const stn_match_entries e = {sizeof(e), 1, &hash};
    uint64_t keep = 1;
    uint64_t maybe = 0;
    q.filter->match_entries(q.matcher, &e, &keep, &maybe);
    return keep == 1;
  }

  struct pin {
    stn_owner owner;
    fake_store *store;
  };
  static const stn_owner_ops *pin_ops() {
    static const stn_owner_ops t = {
        {sizeof(stn_owner_ops), STN_VER(1, 0)},
        [](stn_owner *o, uint32_t n) {
          reinterpret_cast<pin *>(o)->store->pinned += static_cast<int>(n);
        },
        [](stn_owner *o, uint32_t n) {
          reinterpret_cast<pin *>(o)->store->pinned -= static_cast<int>(n);
        }};
    return &t;
  }

  std::mutex mutex_;  // guards queues and pending_ while other threads put
  pin pin_{{pin_ops()}, this};
  stn_arrival_fn on_ = nullptr;
  void *user_ = nullptr;
  std::vector<stn_arrival> pending_;
};

class fake_topics {
 public:
  std::map<std::string, stn_topic> topics;
  int lookups = 0;

  stn_topic &add(const std::string &name, int32_t queues) {
    const auto id = static_cast<uint32_t>(topics.size() + 1);
    return topics[name] = stn_topic{STN_OK, id, queues, queues, 6, 0, 0, 0};
  }
  stn_iface iface() {
    static const stn_topics_api t = [] {
      stn_topics_api a{};
      a.h = {sizeof(a), STN_VER(1, 0)};
      a.lookup = [](void *s, const stn_str *names, uint32_t n, stn_topic *out) {
        auto *self = static_cast<fake_topics *>(s);
        self->lookups++;
        for (uint32_t i = 0; i < n; i++) {
          auto found = self->topics.find(std::string(stn::view(names[i])));
          out[i] = found != self->topics.end() ? found->second
                                               : stn_topic{STN_E_NOT_FOUND, 0, 0, 0, 0, 0, 0, 0};
        }
      };
      return a;
    }();
    return {&t.h, this};
  }
};

class fake_groups {
 public:
  struct subscription {
    uint32_t flags = STN_SUB_ONLINE | STN_SUB_FOUND;
    int64_t version = 1;
    std::string expression = "*";
    std::string type = "TAG";
  };
  std::map<std::string, stn_group> groups;
  subscription current;
  int owners = 0;  // shares given out and not yet released

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
      a.subscription = [](void *s, stn_str, stn_str, stn_subscription *out) {
        static_cast<fake_groups *>(s)->fill(out);
      };
      return a;
    }();
    return {&t.h, this};
  }

 private:
  struct share {
    stn_owner owner;
    fake_groups *groups;
  };
  void fill(stn_subscription *out) {
    static const stn_owner_ops ops = {{sizeof(stn_owner_ops), STN_VER(1, 0)},
                                      [](stn_owner *, uint32_t) {},
                                      [](stn_owner *o, uint32_t n) {
                                        reinterpret_cast<share *>(o)->groups->owners -=
                                            static_cast<int>(n);
                                      }};
    share_ = {{&ops}, this};
    out->flags = current.flags;
    if ((current.flags & STN_SUB_FOUND) == 0) return;
    out->version = current.version;
    out->expr = str(current.expression);
    out->type = str(current.type);
    out->owner = &share_.owner;
    owners++;
  }
  share share_{};
};

class fake_offsets {
 public:
  std::map<std::string, int64_t> committed;  // "group@topic@queue"

  stn_iface iface() {
    static const stn_offsets_api t = [] {
      stn_offsets_api a{};
      a.h = {sizeof(a), STN_VER(1, 0)};
      a.commit = [](void *s, stn_str group, stn_str topic, int32_t queue, int64_t offset) {
        const std::string key = std::string(stn::view(group)) + "@" +
                                std::string(stn::view(topic)) + "@" + std::to_string(queue);
        static_cast<fake_offsets *>(s)->committed[key] = offset;
      };
      return a;
    }();
    return {&t.h, this};
  }
};

}  // namespace stn::broker_pull::testing

// Matches messages whose tag hash is the first character of the expression; "!" does not compile.
struct stn_matcher {
  int64_t wanted;
};

namespace stn::broker_pull::testing {

class fake_filter {
 public:
  explicit fake_filter(const char *type) : types_{type, nullptr} {}
  int compiled = 0;
  static inline int alive = 0;

  stn_iface iface() {
    static const stn_filter_api t = {
        {sizeof(stn_filter_api), STN_VER(1, 0)},
        [](void *s, const char *const **names) -> stn_status {
          *names = static_cast<fake_filter *>(s)->types_;
          return STN_OK;
        },
        [](void *s, stn_str, stn_str expr, stn_matcher **out, stn_error *) -> stn_status {
          if (expr.data[0] == '!') return STN_E_INVALID;
          static_cast<fake_filter *>(s)->compiled++;
          alive++;
          *out = new stn_matcher{expr.data[0]};
          return STN_OK;
        },
        [](stn_matcher *m) {
          alive--;
          delete m;
        },
        [](const stn_matcher *m, const stn_match_entries *e, uint64_t *keep, uint64_t *) {
          for (uint32_t i = 0; i < e->n; i++) {
            if (e->tag_hash[i] != m->wanted) keep[i / 64] &= ~(uint64_t{1} << (i % 64));
          }
        },
        nullptr};
    return {&t.h, this};
  }

 private:
  const char *types_[2];
};

inline stn::testing::fake_request pull_request(const std::string &topic, int32_t queue,
                                               int64_t offset, fields more = {}) {
  stn::testing::fake_request q;
  q.code = 11;
  q.fields = {{"consumerGroup", "g"},
              {"topic", topic},
              {"queueId", std::to_string(queue)},
              {"queueOffset", std::to_string(offset)},
              {"maxMsgNums", "32"},
              {"sysFlag", "0"},
              {"commitOffset", "0"},
              {"suspendTimeoutMillis", "15000"},
              {"subVersion", "0"}};
  for (auto &p : more) {
    std::erase_if(q.fields, [&p](auto &f) { return f.first == p.first; });
    q.fields.push_back(p);
  }
  return q;
}

// A pull that can wait.
inline stn::testing::fake_request waiting_pull(const std::string &topic, int32_t queue,
                                               int64_t offset, fields more = {}) {
  more.insert(more.begin(), {"sysFlag", "2"});
  return pull_request(topic, queue, offset, std::move(more));
}

// The plugin between its fakes. Topic T (number 1) has 4 queues; queue 0 holds "a0" "b1" "a2".
class pull_fixture : public ::testing::Test {
 protected:
  static constexpr uint32_t k_t = 1;
  static constexpr uint64_t k_ms = 1'000'000;

  void SetUp() override {
    topics.add("T", 4);
    groups.groups["g"] = {STN_GROUP_CONSUME | STN_GROUP_BROADCAST, 1, 16, 1};
    store.put(k_t, 0, {"a0", "b1", "a2"});
    store.queues[{k_t, 1}] = {};
    host.set_cfg("max_messages", 32).set_cfg("max_bytes", 262144).set_cfg("hold_max", 100);
    host.set_cfg("hold_limit", 25'000 * k_ms).set_cfg("max_expressions", 4);
    host.provide(STN_STORE_ID, store.iface()).provide(STN_TOPICS_ID, topics.iface());
    host.provide(STN_GROUPS_ID, groups.iface()).provide(STN_OFFSETS_ID, offsets.iface());
    host.provide(STN_FILTER_ID, tag_filter.iface());
  }
  void TearDown() override {
    if (plugin) {
      drain();
      plugin->down();
      EXPECT_EQ(host.exec().timers(), 0u);
    }
    EXPECT_EQ(requests.answered(), sent) << "every request is answered";
    EXPECT_EQ(store.pinned, 0);
    EXPECT_EQ(groups.owners, 0);
    plugin.reset();
    EXPECT_EQ(fake_filter::alive, 0);
  }
  void up() {
    plugin = std::make_unique<stn::testing::hosted_plugin>(host);
    ASSERT_EQ(plugin->up(), STN_OK) << plugin->error();
    api = plugin->get<stn_processor_api>(STN_PROCESSOR_ID);
    ASSERT_TRUE(api);
  }
  // drain() waits for the I/O threads: run them beside it.
  void drain() {
    std::thread control([&] { EXPECT_EQ(plugin->drain(host.host().mono_ns() + 1), STN_OK); });
    while (!host.exec().queued() && requests.answered() < sent) std::this_thread::yield();
    host.run_pending();
    control.join();
  }
  size_t send(stn::testing::fake_request q) {
    if (!plugin) up();
    sent++;
    const size_t i = requests.add(std::move(q));
    requests.handle(api.api, api.self);
    return i;
  }
  stn::testing::fake_answer call(stn::testing::fake_request q) {
    return requests.answer(send(std::move(q)));
  }
  bool answered(size_t i) { return requests.answer(i).given; }
  void advance_ms(uint64_t ms) { host.advance(ms * k_ms); }
  int64_t metric(const char *series) { return host.metrics().value(series); }
  int64_t answers(const std::string &outcome) {
    return host.metrics().value("stn_pull_answers_total{outcome=\"" + outcome + "\"}");
  }

  fake_store store;
  fake_topics topics;
  fake_groups groups;
  fake_offsets offsets;
  fake_filter tag_filter{"TAG"};
  stn::testing::fake_host host{"broker-pull", 2};
  stn::testing::fake_requests requests{host.exec().io(1)};
  std::unique_ptr<stn::testing::hosted_plugin> plugin;
  iface<stn_processor_api> api;
  size_t sent = 0;
};

}  // namespace stn::broker_pull::testing
