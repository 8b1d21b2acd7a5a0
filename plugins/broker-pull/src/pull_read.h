// pull_read.h - what is left of a pull request once it is checked: the read, and whom to answer.
//
// A pull that waits is held as this, not as a request: waking it parses nothing again. Thread: that of its owner.
#pragma once

#include <cstdint>

#include "filter_cache.h"
#include "stanchion/ext/store.h"
#include "stanchion/request.h"

namespace stn::broker_pull {

struct pull_read {
  stn_req *req = nullptr;
  const stn_req_ops *ops = nullptr;
  uint64_t conn_id = 0;
  uint32_t topic = 0;
  int32_t queue = 0;
  int64_t asked = 0;  // offset of the request
  int64_t from = 0;   // offset to read next; ahead of asked when entries in between do not match
  uint32_t max_msgs = 0;
  uint32_t max_bytes = 0;
  uint64_t hold_until_ns = 0;  // monotonic; 0 = answered at once, whatever it finds
  filter_ref filter{};

  stn_fetch fetch(uint32_t flags) const {
    return {sizeof(stn_fetch),
            topic,
            queue,
            flags,
            from,
            max_msgs,
            max_bytes,
            filter ? filter.get()->api() : nullptr,
            filter ? filter.get()->matcher() : nullptr};
  }
};

}  // namespace stn::broker_pull
