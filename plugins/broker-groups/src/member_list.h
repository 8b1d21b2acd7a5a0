// member_list: the clients of one group, one entry per connection. Thread-compatible.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connection.h"

namespace stn::broker_groups {

// A client as it showed itself in a heartbeat.
struct member {
  connection conn;
  uint64_t conn_id = 0;
  std::string client_id;
  std::string peer;  // "ip:port"
  uint8_t language = 0;
  int32_t version = 0;
  int64_t seen_ms = 0;       // last heartbeat, monotonic clock
  int64_t seen_wall_ms = 0;  // the same for people
};

class member_list {
 public:
  // Adds the member or renews the one of the same connection; true if it is new.
  bool beat(const member &m);
  bool remove(uint64_t conn_id);
  // Takes out members not seen since before_ms and appends their connections to *expired.
  bool expire(int64_t before_ms, std::vector<connection> *expired);

  bool empty() const { return all_.empty(); }
  const std::vector<member> &all() const { return all_; }
  std::vector<connection> connections() const;

 private:
  std::vector<member> all_;
};

}  // namespace stn::broker_groups
