#include "producer_table.h"

#include <iterator>

namespace stn::broker_groups {

void producer_table::beat(std::string_view group, const member &m) {
  std::lock_guard lock(mutex_);
  auto at = groups_.find(group);
  if (at == groups_.end()) at = groups_.emplace(std::string(group), member_list()).first;
  at->second.beat(m);
}

void producer_table::remove(std::string_view group, uint64_t conn_id) {
  std::lock_guard lock(mutex_);
  auto at = groups_.find(group);
  if (at != groups_.end() && at->second.remove(conn_id) && at->second.empty()) groups_.erase(at);
}

void producer_table::closed(uint64_t conn_id) {
  std::lock_guard lock(mutex_);
  for (auto it = groups_.begin(); it != groups_.end();) {
    const bool gone = it->second.remove(conn_id) && it->second.empty();
    it = gone ? groups_.erase(it) : std::next(it);
  }
}

void producer_table::expire(int64_t before_ms, std::vector<connection> *expired) {
  std::lock_guard lock(mutex_);
  for (auto it = groups_.begin(); it != groups_.end();) {
    const bool gone = it->second.expire(before_ms, expired) && it->second.empty();
    it = gone ? groups_.erase(it) : std::next(it);
  }
}

bool producer_table::members(std::string_view group, std::vector<member> *out) const {
  std::lock_guard lock(mutex_);
  auto at = groups_.find(group);
  if (at == groups_.end()) return false;
  *out = at->second.all();
  return true;
}

std::vector<std::pair<std::string, std::vector<member>>> producer_table::all() const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::vector<member>>> out;
  for (const auto &[name, list] : groups_) out.emplace_back(name, list.all());
  return out;
}

}  // namespace stn::broker_groups
