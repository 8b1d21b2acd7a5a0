// producer_table: which clients produce for which group. Cold: heartbeats and administration. Thread: [any].
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "member_list.h"

namespace stn::broker_groups {

class producer_table {
 public:
  void beat(std::string_view group, const member &m);
  void remove(std::string_view group, uint64_t conn_id);
  // The connection is gone, from every group.
  void closed(uint64_t conn_id);
  // Takes out members not seen since before_ms and appends their connections to *expired.
  void expire(int64_t before_ms, std::vector<connection> *expired);

  // Members of a group; false: no such group.
  bool members(std::string_view group, std::vector<member> *out) const;
  std::vector<std::pair<std::string, std::vector<member>>> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, member_list, std::less<>> groups_;
};

}  // namespace stn::broker_groups
