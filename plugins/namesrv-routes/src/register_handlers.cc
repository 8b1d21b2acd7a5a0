#include "register_handlers.h"

#include <utility>
#include <vector>

#include "bodies.h"
#include "compressed_body.h"
#include "failure.h"
#include "stanchion/protocol/headers/admin.h"
#include "stanchion/protocol/headers/namesrv.h"
#include "stanchion/protocol/version.h"

namespace stn::namesrv_routes {

namespace {

broker_ref ref_of(const protocol::broker_identity_header &h) {
  return {.cluster = h.cluster_name,
          .name = h.broker_name,
          .address = h.broker_addr,
          .id = h.broker_id};
}

bool decode_body(const stn_req_view &q, bool compressed, size_t max_size, registration *out) {
  const std::string_view body = view(q.body);
  if (body.empty()) return true;
  if (compressed) return decode_register_compressed(body, max_size, out);
  return decode_register_json(body, q.version >= protocol::k_version_register_body, out);
}

}  // namespace

answer register_handlers::register_broker(const stn_req_view &q) const {
  protocol::register_broker_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  if (h.body_crc32 != 0 && h.body_crc32 != static_cast<uint32_t>(body_checksum(view(q.body)))) {
    log.warn("registration damaged on the way",
             {{"peer", view(q.peer)}, {"broker", h.broker_name}});
    return failure("crc32 not match");
  }
  registration r;
  r.broker = {h.cluster_name, h.broker_name, h.broker_addr, h.broker_id};
  r.ha_address = h.ha_server_addr;
  if (!decode_body(q, h.compressed, max_body, &r))
    return failure("Failed to decode RegisterBrokerBody");

  registered done = table.register_broker(r, q.conn_id, log.mono_ns());
  if (!done.accepted) return failure("the connection has closed");
  if (done.first) {
    log.info("broker registered", {{"broker", h.broker_name},
                                   {"address", h.broker_addr},
                                   {"id", h.broker_id},
                                   {"cluster", h.cluster_name},
                                   {"topics", r.topics.size()}});
  }
  answer a;
  if (!done.ha_address.empty()) a.fields.emplace_back("haServerAddr", std::move(done.ha_address));
  if (!done.master_address.empty())
    a.fields.emplace_back("masterAddr", std::move(done.master_address));
  a.body = order.table();
  return a;
}

answer register_handlers::unregister_broker(const stn_req_view &q) const {
  protocol::broker_identity_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  table.unregister_broker(ref_of(h));
  log.info("broker unregistered",
           {{"broker", h.broker_name}, {"address", h.broker_addr}, {"id", h.broker_id}});
  return {};
}

answer register_handlers::query_data_version(const stn_req_view &q) const {
  protocol::broker_identity_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  data_version version;
  if (!decode_data_version(view(q.body), &version)) return failure("Failed to decode DataVersion");
  version_check c = table.check_version(h.broker_addr, version, log.mono_ns());
  answer a;
  a.fields.emplace_back("changed", c.changed ? "true" : "false");
  if (c.known) a.body = encode_data_version(*c.known);
  return a;
}

answer register_handlers::heartbeat(const stn_req_view &q) const {
  table.touch(protocol::find_field(fields_of(q), "brokerAddr"), log.mono_ns());
  return {};
}

answer register_handlers::register_topic(const stn_req_view &q) const {
  protocol::topic_header h;
  if (auto o = decode(fields_of(q), &h); !o.ok()) return bad_header(o);
  std::vector<std::pair<std::string, queue_data>> queues;
  if (!decode_queue_datas(view(q.body), &queues)) return failure("Failed to decode TopicRouteData");
  if (!table.register_topic(h.topic, queues)) {
    log.warn("topic for an unknown broker refused", {{"topic", h.topic}, {"peer", view(q.peer)}});
  }
  return {};
}

}  // namespace stn::namesrv_routes
