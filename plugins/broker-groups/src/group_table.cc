#include "group_table.h"

#include <algorithm>
#include <mutex>

namespace stn::broker_groups {

namespace {

constexpr size_t k_name_max = 255;
constexpr std::string_view k_system_prefix = "CID_RMQ_SYS_";

// Groups that tools and gateways use without asking.
constexpr std::string_view k_predefined[] = {
    "TOOLS_CONSUMER",  "FILTERSRV_CONSUMER",    "SELF_TEST_C_GROUP", "CID_ONS-HTTP-PROXY",
    "CID_ONSAPI_PULL", "CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER",
};

bool is_legal(std::string_view name) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '%' || c == '|';
  };
  return !name.empty() && name.size() <= k_name_max && std::all_of(name.begin(), name.end(), legal);
}

}  // namespace

group_table::group_table(bool auto_create, size_t groups_max)
    : auto_create_(auto_create), groups_max_(groups_max) {
  for (std::string_view name : k_predefined) {
    config c;
    c.name = name;
    groups_.emplace(name, std::move(c));
  }
}

bool group_table::find(std::string_view name, config *out) const {
  std::shared_lock lock(mutex_);
  auto at = groups_.find(name);
  if (at == groups_.end()) return false;
  *out = at->second;
  return true;
}

bool group_table::settings(std::string_view name, stn_group *out) const {
  std::shared_lock lock(mutex_);
  auto at = groups_.find(name);
  if (at == groups_.end()) return false;
  const config &c = at->second;
  out->flags = (c.consume_enable ? STN_GROUP_CONSUME : 0) |
               (c.consume_broadcast_enable ? STN_GROUP_BROADCAST : 0);
  out->retry_queues = c.retry_queues;
  out->retry_max = c.retry_times_max;
  out->slow_broker = static_cast<int32_t>(c.slow_consume_broker_id);
  return true;
}

bool group_table::find_or_make(std::string_view name, int64_t now_ms, config *out) {
  if (find(name, out)) return true;
  if (!is_legal(name) || !(auto_create_ || name.starts_with(k_system_prefix))) return false;
  std::unique_lock lock(mutex_);
  auto at = groups_.find(name);
  if (at == groups_.end()) {
    if (groups_.size() >= groups_max_) return false;
    at = groups_.emplace(std::string(name), config()).first;
    at->second.name = name;
    changed(now_ms);
  }
  *out = at->second;
  return true;
}

void group_table::put(const config &c, int64_t now_ms) {
  std::unique_lock lock(mutex_);
  groups_[c.name] = c;
  changed(now_ms);
}

bool group_table::remove(std::string_view name, int64_t now_ms) {
  std::unique_lock lock(mutex_);
  auto at = groups_.find(name);
  if (at == groups_.end()) return false;
  groups_.erase(at);
  changed(now_ms);
  return true;
}

void group_table::changed(int64_t now_ms) {
  version_.counter++;
  version_.timestamp_ms = now_ms;
  changes_.fetch_add(1, std::memory_order_relaxed);
}

protocol::subscription_group_table group_table::snapshot() const {
  std::shared_lock lock(mutex_);
  protocol::subscription_group_table all;
  all.version = version_;
  for (const auto &[name, c] : groups_) all.groups.emplace(name, c);
  return all;
}

status group_table::load(std::string_view text) {
  protocol::subscription_group_table read;
  if (const auto o = protocol::decode(text, &read); !o.ok()) {
    return status(STN_E_CORRUPT, std::string(protocol::describe(o.code)));
  }
  std::unique_lock lock(mutex_);
  version_ = read.version;
  for (auto &[name, c] : read.groups) {
    c.name = name;
    groups_[name] = c;
  }
  return {};
}

}  // namespace stn::broker_groups
