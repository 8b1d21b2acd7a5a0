// delay_hook: moves messages that carry a delay level to the delay topic before they are appended.
//
// A message with property DELAY > 0 goes to the queue of its level; REAL_TOPIC and REAL_QID tell where it belongs.
// Left alone: prepared and rolled back transaction messages, half messages, client batches. Runs for every message that
// is stored, so a message without a level costs one look at its properties; nothing is allocated. Thread: [io].
#pragma once

#include <cstdint>

#include "stanchion/ext/put_hook.h"
#include "stanchion/ext/store.h"
#include "stanchion/sdk/host.h"

namespace stn::schedule {

class delay_hook {
 public:
  delay_hook(iface<stn_store_api> store, uint32_t delay_topic, uint32_t half_topic, int32_t levels)
      : store_(store), delay_topic_(delay_topic), half_topic_(half_topic), levels_(levels) {}

  // Returns how many of the n messages were moved. A message whose properties cannot take two more is refused.
  uint32_t before_append(stn_append *v, stn_verdict *verdict, uint32_t n, stn_scratch *mem) const;

 private:
  bool applies_to(const stn_append &m) const;
  bool move(stn_append *m, int32_t level, stn_scratch *mem) const;

  iface<stn_store_api> store_;
  uint32_t delay_topic_;
  uint32_t half_topic_;
  int32_t levels_;
};

}  // namespace stn::schedule
