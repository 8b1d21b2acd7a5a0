#include "order_conf.h"

namespace stn::namesrv_routes {

namespace {

constexpr std::string_view k_namespace = "ORDER_TOPIC_CONFIG";

void append(void *user, stn_str text) {
  static_cast<std::string *>(user)->append(text.data, text.len);
}

}  // namespace

std::string order_conf::table() const {
  std::string out;
  if (kv_) (void)kv_->table(kv_.self, str(k_namespace), append, &out);
  return out;
}

std::string order_conf::of_topic(std::string_view topic) const {
  std::string out;
  if (kv_ && in_routes_) (void)kv_->get(kv_.self, str(k_namespace), str(topic), append, &out);
  return out;
}

}  // namespace stn::namesrv_routes
