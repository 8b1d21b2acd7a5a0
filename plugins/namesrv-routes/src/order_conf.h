// order_conf.h - reads the order configuration of topics from whoever keeps key-value settings ("stn.kv/1").
//
// Without a provider there is none: registrations are answered without a table, routes without orderTopicConf. [any]
#pragma once

#include <string>
#include <string_view>

#include "stanchion/ext/kv.h"
#include "stanchion/sdk/host.h"

namespace stn::namesrv_routes {

class order_conf {
 public:
  // `in_routes`: routes carry the configuration of their topic.
  order_conf() = default;
  order_conf(iface<stn_kv_api> kv, bool in_routes) : kv_(kv), in_routes_(in_routes) {}

  // Body of the answer to a registration, {"table":{topic:conf}}; empty if there is none.
  std::string table() const;
  // orderTopicConf of a route; empty if there is none.
  std::string of_topic(std::string_view topic) const;

 private:
  iface<stn_kv_api> kv_;
  bool in_routes_ = false;
};

}  // namespace stn::namesrv_routes
