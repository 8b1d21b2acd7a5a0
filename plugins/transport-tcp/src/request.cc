#include "request.h"

#include <cstring>

#include "kept_view.h"

namespace stn::transport_tcp {

request *request_pool::take() {
  if (free_ == nullptr) {
    blocks_.push_back(std::make_unique<request[]>(k_block));
    for (size_t i = 0; i < k_block; i++) {
      blocks_.back()[i].next_free = free_;
      free_ = &blocks_.back()[i];
    }
  }
  request *r = free_;
  free_ = r->next_free;
  std::memset(r->area, 0, sizeof(r->area));
  r->kept = nullptr;
  return r;
}

void request_pool::give(request *r) {
  delete r->kept;
  r->kept = nullptr;
  r->next_free = free_;
  free_ = r;
}

}  // namespace stn::transport_tcp
