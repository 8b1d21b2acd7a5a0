#include "subscription.h"

#include <type_traits>

namespace stn::broker_groups {

namespace {

const stn_owner_ops *ops(void (*retain)(stn_owner *, uint32_t),
                         void (*release)(stn_owner *, uint32_t)) {
  static const stn_owner_ops table = {{sizeof(stn_owner_ops), STN_VER(1, 0)}, retain, release};
  return &table;
}

}  // namespace

subscription::subscription(protocol::subscription_data data)
    : owner_{ops([](stn_owner *o, uint32_t n) { of(o)->retain(n); },
                 [](stn_owner *o, uint32_t n) { of(o)->release(n); })},
      data_(std::move(data)) {
  static_assert(std::is_standard_layout_v<stn_owner>, "the owner stands at offset 0");
}

void subscription::release(uint32_t n) {
  if (shares_.fetch_sub(n, std::memory_order_acq_rel) == n) delete this;
}

}  // namespace stn::broker_groups
