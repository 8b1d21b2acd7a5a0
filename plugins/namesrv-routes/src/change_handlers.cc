#include "change_handlers.h"

#include <string>

#include "failure.h"
#include "stanchion/protocol/headers/namesrv.h"

namespace stn::namesrv_routes {

answer change_handlers::wipe_write_perm(const stn_req_view &q) const {
  protocol::broker_name_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  const int32_t n =
      table.change_permissions(h.broker_name, [](int32_t perm) { return perm & ~k_perm_write; });
  log.info("write permission taken",
           {{"broker", h.broker_name}, {"topics", n}, {"peer", view(q.peer)}});
  answer a;
  a.fields.emplace_back("wipeTopicCount", std::to_string(n));
  return a;
}

answer change_handlers::add_write_perm(const stn_req_view &q) const {
  protocol::broker_name_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  const int32_t n =
      table.change_permissions(h.broker_name, [](int32_t) { return k_perm_read | k_perm_write; });
  log.info("write permission given",
           {{"broker", h.broker_name}, {"topics", n}, {"peer", view(q.peer)}});
  answer a;
  a.fields.emplace_back("addTopicCount", std::to_string(n));
  return a;
}

answer change_handlers::delete_topic(const stn_req_view &q) const {
  protocol::delete_topic_in_namesrv_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  table.delete_topic(h.topic, h.cluster_name);
  log.info("topic deleted",
           {{"topic", h.topic}, {"cluster", h.cluster_name}, {"peer", view(q.peer)}});
  return {};
}

}  // namespace stn::namesrv_routes
