// request.h - the reply handle of one request, and the pool it comes from.
//
// A request is made on its connection's thread, may be carried anywhere, and is freed on that thread again. The pool is
// a free list per I/O thread, so making one costs no allocation once the thread has seen its peak of open requests.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "stanchion/request.h"

namespace stn::transport_tcp {

class connection;
class io_shard;

struct kept_view;  // copy of a view that outlives handle()

struct request : stn_req {
  connection *conn;
  io_shard *shard;
  kept_view *kept;
  const stn_req_view *view;  // valid while handle() runs; what keep() copies
  request *next_free;
  int32_t opaque;
  int32_t code;
  uint8_t header_type;  // the answer is written in the form of the request
  bool oneway;
};

// [serial: one I/O thread]
class request_pool {
 public:
  request *take();
  void give(request *r);
  size_t allocated() const { return blocks_.size() * k_block; }

 private:
  static constexpr size_t k_block = 256;
  request *free_ = nullptr;
  std::vector<std::unique_ptr<request[]>> blocks_;
};

}  // namespace stn::transport_tcp
