#include "member_list.h"

#include <algorithm>

namespace stn::broker_groups {

bool member_list::beat(const member &m) {
  auto same = std::find_if(all_.begin(), all_.end(),
                           [&](const member &e) { return e.conn_id == m.conn_id; });
  const bool fresh = same == all_.end();
  if (fresh) {
    all_.push_back(m);
  } else {
    *same = m;
  }
  return fresh;
}

bool member_list::remove(uint64_t conn_id) {
  return std::erase_if(all_, [&](const member &m) { return m.conn_id == conn_id; }) != 0;
}

bool member_list::expire(int64_t before_ms, std::vector<connection> *expired) {
  const auto n = std::erase_if(all_, [&](const member &m) {
    if (m.seen_ms >= before_ms) return false;
    expired->push_back(m.conn);
    return true;
  });
  return n != 0;
}

std::vector<connection> member_list::connections() const {
  std::vector<connection> out;
  out.reserve(all_.size());
  for (const member &m : all_) out.push_back(m.conn);
  return out;
}

}  // namespace stn::broker_groups
