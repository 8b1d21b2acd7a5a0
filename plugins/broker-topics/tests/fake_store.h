// fake_store.h - the part of "stn.store/1" that the topic table uses: names, queue ends, one message per queue. [any]
#pragma once

#include <map>
#include <string>

#include "stanchion/ext/store.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_topics::testing {

class fake_store {
 public:
  std::map<std::string, uint32_t> names;
  std::map<std::pair<uint32_t, int32_t>, stn_queue_info> queues;
  std::string record;  // what read() gives
  std::vector<uint32_t> dropped;

  stn_iface iface() {
    api_.h = {sizeof(stn_store_api), STN_VER(1, 0)};
    api_.intern = [](void *self, stn_str topic, uint32_t *out, stn_error *) -> stn_status {
      auto &all = me(self).names;
      *out = all.emplace(std::string(view(topic)), static_cast<uint32_t>(all.size() + 1))
                 .first->second;
      return STN_OK;
    };
    api_.queue_info = [](void *self, uint32_t topic, const int32_t *queue, uint32_t n,
                         stn_queue_info *out) -> stn_status {
      for (uint32_t i = 0; i < n; i++) out[i] = me(self).queues[{topic, queue[i]}];
      return STN_OK;
    };
    api_.entries = [](void *, uint32_t, int32_t, int64_t from, stn_entries *out,
                      stn_error *) -> stn_status {
      out->n = 1;
      out->phys[0] = from * 100;
      return STN_OK;
    };
    api_.read = [](void *self, int64_t, stn_bslice *out, stn_error *) -> stn_status {
      *out = {me(self).record.data(), me(self).record.size(), nullptr};
      return STN_OK;
    };
    api_.drop_topic = [](void *self, uint32_t topic, stn_error *) -> stn_status {
      me(self).dropped.push_back(topic);
      return STN_OK;
    };
    return {&api_.h, this};
  }

 private:
  static fake_store &me(void *self) { return *static_cast<fake_store *>(self); }
  stn_store_api api_{};
};

}  // namespace stn::broker_topics::testing
