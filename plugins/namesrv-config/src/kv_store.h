// kv_store.h - texts by namespace and key. A namespace stays when its last key goes, as in the original. [any]
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "stanchion/protocol/bodies/route.h"

namespace stn::namesrv_config {

class kv_store {
 public:
  explicit kv_store(size_t max_entries) : max_entries_(max_entries) {}

  void load(protocol::kv_config all);
  // False: there are as many keys as there may be.
  bool put(std::string_view name_space, std::string_view key, std::string_view value);
  void remove(std::string_view name_space, std::string_view key);
  std::optional<std::string> get(std::string_view name_space, std::string_view key) const;
  std::optional<protocol::kv_table> table(std::string_view name_space) const;
  protocol::kv_config all() const;

 private:
  const size_t max_entries_;
  mutable std::mutex mutex_;  // guards what follows
  protocol::kv_config config_;
  size_t entries_ = 0;
};

}  // namespace stn::namesrv_config
