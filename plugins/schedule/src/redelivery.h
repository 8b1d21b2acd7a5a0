// redelivery: a stored record of the delay topic as an append to the topic it belongs to.
//
// The appends point into the records, which are kept until clear(). Thread-compatible.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "stanchion/ext/store.h"
#include "stanchion/sdk/host.h"

namespace stn::schedule {

class redelivery_batch {
 public:
  static constexpr uint32_t k_max = 64;

  redelivery_batch() = default;
  redelivery_batch(const redelivery_batch &) = delete;
  ~redelivery_batch() { clear(); }

  // Adds the record, which is (move), as an append with this user value. False, with *why set to static text: it cannot
  // be delivered, now or later (no real topic, or none that may hold messages).
  bool add(const iface<stn_store_api> &store, const stn_bslice &record, uint64_t user,
           const char **why);
  // Gives the records back.
  void clear();

  const stn_append *data() const { return appends_.data(); }
  uint32_t size() const { return n_; }

 private:
  bool fill(const iface<stn_store_api> &store, std::string_view record, stn_append *to,
            const char **why);
  bool intern(const iface<stn_store_api> &store, std::string_view topic, uint32_t *out);

  std::array<stn_append, k_max> appends_{};
  std::array<stn_bslice, k_max> records_{};
  uint32_t n_ = 0;
  std::string last_topic_;  // messages of one level mostly share their topic
  uint32_t last_id_ = 0;
};

}  // namespace stn::schedule
