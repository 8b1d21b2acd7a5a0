// fakes: "stn.store/1" and "stn.topics/1" as far as offsets need them. Thread-compatible.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stanchion/ext/store.h"
#include "stanchion/ext/topics.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_offsets::testing {

// Topics by name, numbered from 1; who we are.
class fake_topics {
 public:
  void add(const std::string &name, int32_t queues) {
    stn_topic t{};
    t.id = static_cast<uint32_t>(topics_.size() + 1);
    t.read_queues = t.write_queues = queues;
    t.perm = STN_PERM_READ | STN_PERM_WRITE;
    topics_[name] = t;
  }
  stn_iface api() {
    static const stn_topics_api t = {
        {sizeof(stn_topics_api), STN_VER(1, 0)},
        [](void *self, const stn_str *names, uint32_t n, stn_topic *out) {
          auto &topics = static_cast<fake_topics *>(self)->topics_;
          for (uint32_t i = 0; i < n; i++) {
            auto at = topics.find(std::string(view(names[i])));
            out[i] =
                at == topics.end() ? stn_topic{STN_E_NOT_FOUND, 0, 0, 0, 0, 0, 0, 0} : at->second;
          }
        },
        nullptr,
        nullptr,
        [](void *) {
          static const stn_identity me = {
              sizeof(stn_identity),   0, 0, str("cluster"), str("broker-a"),
              str("127.0.0.1:10911"), {}};
          return &me;
        }};
    return {&t.h, this};
  }

 private:
  std::map<std::string, stn_topic> topics_;
};

// Queues with a range and store times; the record of offset n is `record`, whatever n.
class fake_store {
 public:
  std::map<std::pair<uint32_t, int32_t>, stn_queue_info> queues;
  std::string record;  // what read answers
  stn_status by_time = STN_OK;
  size_t released = 0;

  stn_iface api() {
    static const stn_store_api t = [] {
      stn_store_api a{};
      a.h = {sizeof(stn_store_api), STN_VER(1, 0)};
      a.entries = entries;
      a.read = read;
      a.queue_info = queue_info;
      a.offset_by_time = offset_by_time;
      a.bound_by_time = [](void *, uint32_t, int32_t, int64_t ms, int32_t bound, int64_t *out,
                           stn_error *) {
        *out = ms * 1000 + bound;
        return stn_status{STN_OK};
      };
      return a;
    }();
    return {&t.h, this};
  }

 private:
  struct owned {
    stn_owner owner;
    fake_store *store;
  };
  static fake_store *me(void *self) { return static_cast<fake_store *>(self); }

  static stn_status entries(void *self, uint32_t topic, int32_t queue, int64_t from,
                            stn_entries *out, stn_error *) {
    const stn_queue_info i = me(self)->queues[{topic, queue}];
    if (from < i.min) return STN_E_RANGE;
    out->n = from < i.max ? 1 : 0;
    if (out->n == 1) out->phys[0] = from * 100;
    return STN_OK;
  }
  static stn_status read(void *self, int64_t, stn_bslice *out, stn_error *) {
    static const stn_owner_ops ops = {{sizeof(stn_owner_ops), STN_VER(1, 0)},
                                      [](stn_owner *, uint32_t) {},
                                      [](stn_owner *o, uint32_t) {
                                        auto *w = reinterpret_cast<owned *>(o);
                                        w->store->released++;
                                        delete w;
                                      }};
    auto *w = new owned{{&ops}, me(self)};
    *out = {me(self)->record.data(), me(self)->record.size(), &w->owner};
    return STN_OK;
  }
  static stn_status queue_info(void *self, uint32_t topic, const int32_t *queue, uint32_t n,
                               stn_queue_info *out) {
    for (uint32_t i = 0; i < n; i++) {
      auto at = me(self)->queues.find({topic, queue[i]});
      out[i] = at == me(self)->queues.end() ? stn_queue_info{0, 0} : at->second;
    }
    return STN_OK;
  }
  // Offset = milliseconds, cut to the queue.
  static stn_status offset_by_time(void *self, uint32_t topic, int32_t queue, int64_t ms,
                                   int64_t *out, stn_error *err) {
    const stn_status s = me(self)->by_time;
    if (s != STN_OK) return stn_error_set(err, s, "the disk said no");
    const stn_queue_info i = me(self)->queues[{topic, queue}];
    *out = ms < i.min ? i.min : ms < i.max ? ms : i.max - 1;
    return STN_OK;
  }
};

}  // namespace stn::broker_offsets::testing
