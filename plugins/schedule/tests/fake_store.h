// fake_store: "stn.store/1" in memory for tests of this plugin.
//
// Holds encoded records, gives deliver times to the queues of the delay topic, completes appends at once or when the
// test says so, and fails when told to. Thread: every function takes one lock; completions run without it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "stanchion/ext/store.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/sdk/host.h"

namespace stn::schedule::testing {

struct stored {
  std::string record;
  int64_t phys = 0;
  int64_t tag = 0;

  protocol::record_view view() const {
    protocol::record_view v;
    STN_CHECK(protocol::decode_record(record, &v).ok());
    return v;
  }
};

class fake_store {
 public:
  // delays_ms: what the store adds to the store time for queues of the delay topic.
  explicit fake_store(std::vector<int64_t> delays_ms) : delays_ms_(std::move(delays_ms)) {
    delay_topic = intern_name("SCHEDULE_TOPIC_XXXX");
  }

  iface<stn_store_api> api() { return {table(), this}; }
  uint32_t intern_name(const std::string &name) {
    for (size_t i = 0; i < names_.size(); i++) {
      if (names_[i] == name) return static_cast<uint32_t>(i + 1);
    }
    names_.push_back(name);
    return static_cast<uint32_t>(names_.size());
  }
  // Messages of a queue, in order.
  std::vector<stored> queue(const std::string &topic, int32_t queue) {
    std::lock_guard lock(mutex_);
    return queues_[{intern_name(topic), queue}];
  }
  size_t queue_size(const std::string &topic, int32_t queue) {
    std::lock_guard lock(mutex_);
    return queues_[{intern_name(topic), queue}].size();
  }
  // Puts a message as a sender would; returns its position.
  int64_t put(uint32_t topic, int32_t queue, const std::string &props, const std::string &body) {
    stn_append a{};
    a.topic = topic;
    a.queue = queue;
    a.born_ms = 77;
    a.born_host = slice(k_born_host);
    a.store_host = slice(k_store_host);
    a.body = slice(body);
    a.n_props = 1;
    a.props[0] = slice(props);
    return put(a);
  }
  int64_t put(const stn_append &a) {
    stn_arrival arrival{};
    int64_t phys = 0;
    {
      std::lock_guard lock(mutex_);
      phys = insert(a, &arrival);
    }
    tell(arrival);
    return phys;
  }

  // ---- what goes wrong

  stn_status refuse = STN_OK;      // answer of append while not STN_OK
  stn_status read_fails = STN_OK;  // answer of read and entries while not STN_OK
  std::map<std::string, stn_status>
      fail_body;                    // completion status for messages with this body; not stored
  std::vector<int64_t> unreadable;  // positions that read calls corrupt
  bool hold = false;                // completions wait for complete_held()
  void complete_held() {
    std::deque<std::pair<const stn_sink *, std::vector<stn_cqe>>> held;
    {
      std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (auto &[sink, all] : held) {
      sink->complete(sink, all.data(), static_cast<uint32_t>(all.size()));
    }
  }
  void drop_head(int32_t queue, int64_t min) { min_[queue] = min; }

  uint32_t delay_topic = 0;
  int64_t now_ms = 1'700'000'000'000;
  size_t appends = 0;
  size_t owners = 0;  // records handed out and not released

  static inline const std::string k_born_host{"\x0a\x00\x00\x07\x00\x00\xcf\x78", 8};
  static inline const std::string k_store_host{"\x7f\x00\x00\x01\x00\x00\x2a\x9f", 8};

 private:
  struct owned {
    stn_owner owner;
    fake_store *store;
    std::string text;
  };
  static fake_store *me(void *self) { return static_cast<fake_store *>(self); }

  int64_t insert(const stn_append &a, stn_arrival *arrival) {
    std::string props, body(stn::view(a.body));
    for (uint32_t i = 0; i < a.n_props; i++) props += stn::view(a.props[i]);
    const std::string &topic = names_.at(a.topic - 1);
    protocol::record_layout l;
    STN_CHECK(protocol::lay_out(a.sysflag, body.size(), topic.size(), props.size(), &l).ok());
    stored s;
    s.record.resize(l.total);
    s.phys = next_phys_;
    next_phys_ += l.total;
    protocol::record_head h;
    h.queue_id = a.queue;
    h.flag = a.flag;
    h.sys_flag = a.sysflag;
    h.born_ms = a.born_ms;
    h.born_host = stn::view(a.born_host);
    h.store_host = stn::view(a.store_host);
    h.reconsume_times = a.reconsume;
    protocol::write_record_head(l, h, s.record.data());
    s.record.replace(l.body_at, body.size(), body);
    protocol::write_record_topic(l, topic, s.record.data());
    s.record.replace(l.properties_at, props.size(), props);
    auto &q = queues_[{a.topic, a.queue}];
    protocol::patch_record(l, static_cast<int64_t>(q.size()), s.phys, now_ms, s.record.data());
    if (a.topic == delay_topic) s.tag = now_ms + delays_ms_.at(static_cast<size_t>(a.queue));
    q.push_back(s);
    *arrival = {a.topic, a.queue, static_cast<int64_t>(q.size()), s.tag};
    return s.phys;
  }
  void tell(const stn_arrival &a) {
    if (on_arrival_ != nullptr) on_arrival_(on_user_, &a, 1);
  }

  static stn_status append(void *self, const stn_append *v, uint32_t n, stn_exec *,
                           const stn_sink *k, stn_error *) {
    fake_store *s = me(self);
    if (s->refuse != STN_OK) return s->refuse;
    s->appends++;
    std::vector<stn_cqe> done(n);
    for (uint32_t i = 0; i < n; i++) {
      auto failing = s->fail_body.find(std::string(stn::view(v[i].body)));
      done[i].user = v[i].user;
      if (failing != s->fail_body.end()) {
        done[i].status = failing->second;
      } else {
        done[i].r[0] = s->put(v[i]);
      }
    }
    {
      std::lock_guard lock(s->mutex_);
      if (s->hold) {
        s->held_.emplace_back(k, std::move(done));
        return STN_OK;
      }
    }
    k->complete(k, done.data(), n);
    return STN_OK;
  }

  static stn_status entries(void *self, uint32_t topic, int32_t queue, int64_t from,
                            stn_entries *out, stn_error *) {
    fake_store *s = me(self);
    if (s->read_fails != STN_OK) return s->read_fails;
    std::lock_guard lock(s->mutex_);
    out->n = 0;
    if (from < s->min_[queue]) return STN_E_RANGE;
    const auto &q = s->queues_[{topic, queue}];
    for (size_t i = static_cast<size_t>(from); i < q.size() && out->n < out->cap; i++, out->n++) {
      if (out->phys != nullptr) out->phys[out->n] = q[i].phys;
      if (out->len != nullptr) out->len[out->n] = static_cast<uint32_t>(q[i].record.size());
      if (out->tag_hash != nullptr) out->tag_hash[out->n] = q[i].tag;
    }
    return STN_OK;
  }

  static stn_status read(void *self, int64_t phys, stn_bslice *out, stn_error *) {
    fake_store *s = me(self);
    if (s->read_fails != STN_OK) return s->read_fails;
    std::lock_guard lock(s->mutex_);
    for (int64_t p : s->unreadable) {
      if (p == phys) return STN_E_CORRUPT;
    }
    for (auto &[key, q] : s->queues_) {
      for (auto &m : q) {
        if (m.phys != phys) continue;
        static const stn_owner_ops ops = {{sizeof(stn_owner_ops), STN_VER(1, 0)},
                                          [](stn_owner *, uint32_t) {},
                                          [](stn_owner *o, uint32_t) {
                                            auto *w = reinterpret_cast<owned *>(o);
                                            w->store->owners--;
                                            delete w;
                                          }};
        auto *w = new owned{{&ops}, s, m.record};
        s->owners++;
        *out = {w->text.data(), w->text.size(), &w->owner};
        return STN_OK;
      }
    }
    return STN_E_NOT_FOUND;
  }

  static stn_status queue_info(void *self, uint32_t topic, const int32_t *queue, uint32_t n,
                               stn_queue_info *out) {
    fake_store *s = me(self);
    std::lock_guard lock(s->mutex_);
    for (uint32_t i = 0; i < n; i++) {
      out[i] = {s->min_[queue[i]], static_cast<int64_t>(s->queues_[{topic, queue[i]}].size())};
    }
    return STN_OK;
  }

  static const stn_store_api *table() {
    static const stn_store_api t = [] {
      stn_store_api a{};
      a.h = {sizeof(stn_store_api), STN_VER(1, 0)};
      a.intern = [](void *self, stn_str topic, uint32_t *out, stn_error *) {
        std::lock_guard lock(me(self)->mutex_);
        *out = me(self)->intern_name(std::string(stn::view(topic)));
        return stn_status{STN_OK};
      };
      a.topic_name = [](void *self, uint32_t topic, stn_str *out) {
        if (topic == 0 || topic > me(self)->names_.size()) return stn_status{STN_E_NOT_FOUND};
        *out = str(me(self)->names_[topic - 1]);
        return stn_status{STN_OK};
      };
      a.append = append;
      a.entries = entries;
      a.read = read;
      a.queue_info = queue_info;
      a.watch = [](void *self, stn_arrival_fn on, void *user, stn_error *) {
        me(self)->on_arrival_ = on;
        me(self)->on_user_ = user;
        return stn_status{STN_OK};
      };
      return a;
    }();
    return &t;
  }

  std::mutex mutex_;
  std::vector<int64_t> delays_ms_;
  std::deque<std::string> names_;
  std::map<std::pair<uint32_t, int32_t>, std::vector<stored>> queues_;
  std::map<int32_t, int64_t> min_;
  std::deque<std::pair<const stn_sink *, std::vector<stn_cqe>>> held_;
  int64_t next_phys_ = 0;
  stn_arrival_fn on_arrival_ = nullptr;
  void *on_user_ = nullptr;
};

}  // namespace stn::schedule::testing
