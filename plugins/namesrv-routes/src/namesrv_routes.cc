// The plugin: settings, routes to handlers, connections and the clock of liveness.
#include <memory>

#include "change_handlers.h"
#include "plugin_info.h"
#include "query_handlers.h"
#include "register_handlers.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/plugin.h"

namespace stn::namesrv_routes {

namespace {

namespace code = protocol::request_code;

constexpr const char *k_scope = "namesrv";
constexpr int32_t k_register_topic = 217;  // REGISTER_TOPIC_IN_NAMESRV, of 5.x only

// Registrations are long and run on `blocking`, one at a time; everything else is short.
constexpr stn_route k_routes[] = {
    {code::register_broker, STN_ROUTE_BLOCKING, k_scope},
    {code::unregister_broker, 0, k_scope},
    {code::get_routeinfo_by_topic, 0, k_scope},
    {code::get_broker_cluster_info, 0, k_scope},
    {code::wipe_write_perm_of_broker, 0, k_scope},
    {code::get_all_topic_list_from_nameserver, 0, k_scope},
    {code::delete_topic_in_namesrv, 0, k_scope},
    {k_register_topic, 0, k_scope},
    {code::get_topics_by_cluster, 0, k_scope},
    {code::get_system_topic_list_from_ns, 0, k_scope},
    {code::get_unit_topic_list, 0, k_scope},
    {code::get_has_unit_sub_topic_list, 0, k_scope},
    {code::get_has_unit_sub_ununit_topic_list, 0, k_scope},
    {code::query_data_version, 0, k_scope},
    {code::add_write_perm_of_broker, 0, k_scope},
    {code::get_broker_member_group, 0, k_scope},
    {code::broker_heartbeat, 0, k_scope},
};

class routes_plugin final : public plugin {
 public:
  status init() override {
    expire_after_ns_ = static_cast<uint64_t>(host_.cfg_i64("expire_after"));
    auto exec = host_.get<stn_exec_api>(STN_EXEC_ID);
    if (!exec.ok()) return exec.error();
    exec_ = exec.value();
    auto router = host_.get<stn_router_api>(STN_ROUTER_ID);
    if (!router.ok()) return router.error();
    if (router.value()->scope(router.value().self, str(k_scope), &scope_) != STN_OK) {
      return {STN_E_INTERNAL, "the router has no number for scope namesrv"};
    }
    auto kv = host_.get<stn_kv_api>(STN_KV_ID);
    if (kv.ok()) order_ = {kv.value(), host_.cfg_i64("order_topic_conf") != 0};
    registers_ = std::make_unique<register_handlers>(
        register_handlers{table_, order_, host_, static_cast<size_t>(host_.cfg_i64("max_body"))});
    changes_ = std::make_unique<change_handlers>(change_handlers{table_, host_});
    return {};
  }

  status start() override {
    const auto period = static_cast<uint64_t>(host_.cfg_i64("scan_interval"));
    const stn_task task = {[](void *self) { static_cast<routes_plugin *>(self)->expire(); }, this};
    if (exec_->timer(exec_->io(exec_.self, 0), period, period, task, &timer_) != STN_OK) {
      return {STN_E_INTERNAL, "no timer"};
    }
    return {};
  }

  status stop() override {
    if (timer_ != nullptr) exec_->timer_cancel(timer_);
    timer_ = nullptr;
    return {};
  }

  bool query(std::string_view id, stn_iface *out) override {
    static const stn_processor_api table = {
        {sizeof(stn_processor_api), STN_VER(1, 0)},
        [](void *, const stn_route **v, uint32_t *n) -> stn_status {
          *v = k_routes;
          *n = std::size(k_routes);
          return STN_OK;
        },
        [](void *self, const stn_req_batch *b) { static_cast<routes_plugin *>(self)->handle(b); },
        [](void *self, stn_conn *, uint64_t id, uint32_t scope, int32_t what) {
          static_cast<routes_plugin *>(self)->on_conn(id, scope, what);
        }};
    return id == STN_PROCESSOR_ID && provide(out, table, this);
  }

 private:
  void handle(const stn_req_batch *b) {
    answer_each(b, [this](const stn_req_view &q) { return answer_to(q); });
  }

  answer answer_to(const stn_req_view &q) {
    switch (q.code) {
      case code::register_broker:
        return registers_->register_broker(q);
      case code::unregister_broker:
        return registers_->unregister_broker(q);
      case code::query_data_version:
        return registers_->query_data_version(q);
      case code::broker_heartbeat:
        return registers_->heartbeat(q);
      case k_register_topic:
        return registers_->register_topic(q);
      case code::wipe_write_perm_of_broker:
        return changes_->wipe_write_perm(q);
      case code::add_write_perm_of_broker:
        return changes_->add_write_perm(q);
      case code::delete_topic_in_namesrv:
        return changes_->delete_topic(q);
      default:
        return answer_to_query(q);
    }
  }

  answer answer_to_query(const stn_req_view &q) {
    const query_handlers queries{table_, order_};
    switch (q.code) {
      case code::get_routeinfo_by_topic:
        return queries.route(q);
      case code::get_broker_cluster_info:
        return queries.cluster_info(q);
      case code::get_all_topic_list_from_nameserver:
        return queries.all_topics(q);
      case code::get_topics_by_cluster:
        return queries.topics_of_cluster(q);
      case code::get_system_topic_list_from_ns:
        return queries.system_topics(q);
      case code::get_unit_topic_list:
        return queries.topics_by_flag(k_sysflag_unit, 0);
      case code::get_has_unit_sub_topic_list:
        return queries.topics_by_flag(k_sysflag_unit_sub, 0);
      case code::get_has_unit_sub_ununit_topic_list:
        return queries.topics_by_flag(k_sysflag_unit_sub, k_sysflag_unit);
      case code::get_broker_member_group:
        return queries.member_group(q);
      default:
        STN_CHECK(false);  // the router sends only what k_routes lists
    }
  }

  void on_conn(uint64_t conn_id, uint32_t scope, int32_t what) {
    if (scope != scope_) return;
    if (what == STN_CONN_OPENED) {
      table_.connection_opened(conn_id);
      return;
    }
    for (const std::string &address : table_.connection_closed(conn_id)) {
      host_.info("broker removed, its connection closed", {{"address", address}});
    }
  }

  void expire() {
    for (const std::string &address : table_.expire(host_.mono_ns(), expire_after_ns_)) {
      host_.warn("broker removed, it has been silent for too long", {{"address", address}});
    }
  }

  iface<stn_exec_api> exec_;
  uint32_t scope_ = 0;
  uint64_t expire_after_ns_ = 0;
  stn_timer *timer_ = nullptr;
  route_table table_;
  order_conf order_;
  std::unique_ptr<register_handlers> registers_;
  std::unique_ptr<change_handlers> changes_;
};

}  // namespace

}  // namespace stn::namesrv_routes

STN_PLUGIN(stn::namesrv_routes::routes_plugin);
