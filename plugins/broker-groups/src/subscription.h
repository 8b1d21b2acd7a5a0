// subscription: what a group wants of a topic, immutable and counted, so that a reader keeps it without a copy.
//
// Created with one share. The owner is the object's first member: the ABI's retain and release work on it. [any]
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "stanchion/abi.h"
#include "stanchion/protocol/bodies/heartbeat.h"

namespace stn::broker_groups {

class subscription {
 public:
  explicit subscription(protocol::subscription_data data);
  subscription(const subscription &) = delete;

  const protocol::subscription_data &data() const { return data_; }
  stn_owner *owner() { return &owner_; }
  void retain(uint32_t n) { shares_.fetch_add(n, std::memory_order_relaxed); }
  void release(uint32_t n);  // deletes this with the last share

 private:
  ~subscription() = default;
  static subscription *of(stn_owner *o) { return reinterpret_cast<subscription *>(o); }

  stn_owner owner_;
  std::atomic<uint32_t> shares_{1};
  const protocol::subscription_data data_;
};

// Holds one share.
class subscription_ref {
 public:
  explicit subscription_ref(protocol::subscription_data data)
      : object_(new subscription(std::move(data))) {}
  subscription_ref(subscription_ref &&other) noexcept
      : object_(std::exchange(other.object_, nullptr)) {}
  subscription_ref &operator=(subscription_ref &&other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~subscription_ref() {
    if (object_ != nullptr) object_->release(1);
  }
  subscription *operator->() const { return object_; }

 private:
  subscription *object_;
};

}  // namespace stn::broker_groups
