// query: the plugin. Routes two codes to their handlers, each request on a thread that may wait for the disk.
#include <exception>
#include <memory>

#include "plugin_info.h"
#include "query_handlers.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/sdk/plugin.h"

namespace stn::query {

namespace {

namespace code = protocol::request_code;

class query_plugin final : public plugin {
 public:
  status init() override;
  bool query(std::string_view id, stn_iface *out) override;

 private:
  void handle(const stn_req_batch *b) const;
  query_answer answer(const stn_req_view &q) const;

  static stn_status routes(void *self, const stn_route **v, uint32_t *n);
  static const stn_processor_api k_processor;

  std::unique_ptr<query_handlers> handlers_;
};

const stn_processor_api query_plugin::k_processor = {
    {sizeof(stn_processor_api), STN_VER(1, 0)},
    &query_plugin::routes,
    [](void *self, const stn_req_batch *b) { static_cast<query_plugin *>(self)->handle(b); },
    nullptr};

status query_plugin::init() {
  auto store = host_.get<stn_store_api>(STN_STORE_ID);
  if (!store.ok()) return store.error();
  query_limits limits;
  limits.messages = static_cast<uint32_t>(host_.cfg_i64("max_messages", limits.messages));
  limits.unique = static_cast<uint32_t>(host_.cfg_i64("unique_messages", limits.unique));
  handlers_ = std::make_unique<query_handlers>(store.value(), limits);
  return {};
}

bool query_plugin::query(std::string_view id, stn_iface *out) {
  return id == STN_PROCESSOR_ID && provide(out, k_processor, this);
}

stn_status query_plugin::routes(void *, const stn_route **v, uint32_t *n) {
  static constexpr stn_route k_routes[] = {
      {code::query_message, STN_ROUTE_BLOCKING, "broker"},
      {code::view_message_by_id, STN_ROUTE_BLOCKING, "broker"},
  };
  *v = k_routes;
  *n = sizeof(k_routes) / sizeof(k_routes[0]);
  return STN_OK;
}

query_answer query_plugin::answer(const stn_req_view &q) const {
  try {
    return q.code == code::query_message ? handlers_->by_key(q) : handlers_->by_position(q);
  } catch (const std::exception &e) {
    return {.code = protocol::response_code::system_error, .remark = e.what()};
  }
}

void query_plugin::handle(const stn_req_batch *b) const {
  for (uint32_t i = 0; i < b->n; i++) {
    const query_answer a = answer(*b->view[i]);
    std::vector<stn_kv> fields;
    for (const auto &[key, value] : a.fields) fields.push_back({str(key), str(value)});
    stn_resp r{};
    r.code = a.code;
    if (!a.remark.empty()) r.remark = str(a.remark);
    r.fields = fields.data();
    r.n_fields = static_cast<uint32_t>(fields.size());
    r.body = a.body.data();
    r.n_body = static_cast<uint32_t>(a.body.size());
    b->ops->respond_n(&b->req[i], &r, 1);
  }
}

}  // namespace

}  // namespace stn::query

using stn::query::query_plugin;
STN_PLUGIN(query_plugin);
