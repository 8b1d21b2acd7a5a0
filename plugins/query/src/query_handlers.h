// query_handlers: the answers to 12 (messages by key) and 33 (a message by its position).
//
// Bodies are slices of the store with one share of their owner each; whoever sends the answer hands them on. Thread:
// [worker], concurrently.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "stanchion/ext/store.h"
#include "stanchion/request.h"
#include "stanchion/sdk/host.h"

namespace stn::query {

struct query_limits {
  uint32_t messages = 64;
  uint32_t unique = 32;
};

struct query_answer {
  int32_t code = 0;
  std::string remark{};
  std::vector<std::pair<std::string, std::string>> fields{};
  std::vector<stn_bslice> body{};
};

class query_handlers {
 public:
  query_handlers(iface<stn_store_api> store, query_limits limits)
      : store_(store), limits_(limits) {}

  query_answer by_key(const stn_req_view &q) const;       // 12
  query_answer by_position(const stn_req_view &q) const;  // 33

 private:
  iface<stn_store_api> store_;
  query_limits limits_;
};

}  // namespace stn::query
