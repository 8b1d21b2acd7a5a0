// stanchion/protocol/bodies/queue_lock.h - a queue by name, and locking queues for ordered consumption (41, 42).
//
// Rules: bodies/data_version.h. [any]
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

struct message_queue {
  std::string topic;
  std::string broker_name;
  int32_t queue_id = 0;

  auto operator<=>(const message_queue &) const = default;
};

struct lock_batch_request {  // 41, 42
  std::string consumer_group;
  std::string client_id;
  std::vector<message_queue> queues;

  bool operator==(const lock_batch_request &) const = default;
};
std::string encode(const lock_batch_request &r);
outcome decode(std::string_view text, lock_batch_request *out);

struct lock_batch_reply {  // 41
  std::vector<message_queue> locked;

  bool operator==(const lock_batch_reply &) const = default;
};
std::string encode(const lock_batch_reply &r);
outcome decode(std::string_view text, lock_batch_reply *out);

}  // namespace stn::protocol
