// broker_groups: the plugin. Who produces and consumes in which group, and with which settings.
#include <string>

#include "admin_handlers.h"
#include "client_handlers.h"
#include "group_state.h"
#include "plugin_info.h"
#include "stanchion/ext/groups.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/sdk/plugin.h"

namespace stn::broker_groups {

namespace {

namespace code = protocol::request_code;

constexpr int64_t k_ns_per_ms = 1'000'000;

class groups_plugin final : public plugin {
 public:
  status init() override;
  status start() override;
  status stop() override;
  bool query(std::string_view id, stn_iface *out) override;

 private:
  status fetch_interfaces();
  status add_metrics(const iface<stn_metrics_api> &metrics, stn_metric **sent);
  status load();
  void on_scan();
  void handle(const stn_req_batch *b);
  stn_status group(std::string_view name, stn_group *out, stn_error *err);

  static stn_status routes(void *self, const stn_route **v, uint32_t *n);
  static groups_plugin *me(void *self) { return static_cast<groups_plugin *>(self); }
  static const stn_groups_api k_groups;
  static const stn_processor_api k_processor;

  group_state state_;
  iface<stn_exec_api> exec_;
  stn_timer *scan_timer_ = nullptr;
  int64_t client_timeout_ms_ = 0;
  std::string path_;
};

const stn_groups_api groups_plugin::k_groups = {
    {sizeof(stn_groups_api), STN_VER(1, 0)},
    [](void *self, stn_str name, stn_group *out, stn_error *err) {
      return me(self)->group(view(name), out, err);
    },
    [](void *self, stn_str group, stn_str topic, stn_subscription *out) {
      me(self)->state_.consumers.find_subscription(view(group), view(topic), out);
    }};

const stn_processor_api groups_plugin::k_processor = {
    {sizeof(stn_processor_api), STN_VER(1, 0)},
    &groups_plugin::routes,
    [](void *self, const stn_req_batch *b) { me(self)->handle(b); },
    [](void *self, stn_conn *, uint64_t conn_id, uint32_t, int32_t what) {
      if (what == STN_CONN_CLOSED) connection_closed(me(self)->state_, conn_id);
    }};

status groups_plugin::init() {
  state_.log = host_;
  if (status s = fetch_interfaces(); !s.ok()) return s;
  state_.groups = std::make_unique<group_table>(host_.cfg_i64("auto_create_groups") != 0,
                                                static_cast<size_t>(host_.cfg_i64("max_groups")));
  state_.locks = std::make_unique<queue_locks>(host_.cfg_i64("lock_lifetime") / k_ns_per_ms,
                                               static_cast<size_t>(host_.cfg_i64("max_locks")));
  client_timeout_ms_ = host_.cfg_i64("client_timeout") / k_ns_per_ms;
  path_ = std::string(host_.cfg_str("config_dir")) + "/subscriptionGroup.json";
  return {};
}

status groups_plugin::fetch_interfaces() {
  auto transport = host_.get<stn_transport_api>(STN_TRANSPORT_ID);
  if (!transport.ok()) return transport.error();
  state_.transport = transport.value();
  auto topics = host_.get<stn_topics_api>(STN_TOPICS_ID);
  if (!topics.ok()) return topics.error();
  state_.topics = topics.value();
  auto exec = host_.get<stn_exec_api>(STN_EXEC_ID);
  if (!exec.ok()) return exec.error();
  exec_ = exec.value();
  if (auto offsets = host_.get<stn_offsets_api>(STN_OFFSETS_ID); offsets.ok()) {
    state_.offsets = offsets.value();
  }
  if (auto filters = host_.all<stn_filter_api>(STN_FILTER_ID); filters.ok()) {
    state_.filters = filters.value();
  }
  auto metrics = host_.get<stn_metrics_api>(STN_METRICS_ID);
  if (!metrics.ok()) return metrics.error();
  stn_metric *sent = nullptr;
  if (status s = add_metrics(metrics.value(), &sent); !s.ok()) return s;
  state_.notify = std::make_unique<notifier>(state_.transport, host_.cfg_i64("notify_changes") != 0,
                                             metrics.value(), sent);
  return {};
}

status groups_plugin::add_metrics(const iface<stn_metrics_api> &metrics, stn_metric **sent) {
  stn_error err{};
  const stn_status s =
      metrics->add(metrics.self, STN_METRIC_COUNTER, "stn_groups_notifications_total",
                   "notifications of changed groups sent to consumers", nullptr, 0, sent, &err);
  return status::from_abi(s, err);
}

status groups_plugin::start() {
  if (status s = load(); !s.ok()) return s;
  state_.saver.open(host_, exec_, path_,
                    [this] { return protocol::encode_file(state_.groups->snapshot()); });
  const auto period = static_cast<uint64_t>(host_.cfg_i64("scan_interval"));
  const stn_task scan = {[](void *self) { me(self)->on_scan(); }, this};
  const stn_status s = exec_->timer(exec_->io(exec_.self, 0), period, period, scan, &scan_timer_);
  return s == STN_OK ? status() : status(s, "scan timer");
}

// An unreadable file stops the start: going on would overwrite settings that somebody made.
status groups_plugin::load() {
  status s = load_file(path_, [this](std::string_view t) { return state_.groups->load(t); });
  return s.code() == STN_E_NOT_FOUND ? status() : s;
}

void groups_plugin::on_scan() { sweep(state_, client_timeout_ms_); }

status groups_plugin::stop() {
  if (scan_timer_ != nullptr) exec_->timer_cancel(scan_timer_);
  scan_timer_ = nullptr;
  state_.saver.close();
  return {};
}

bool groups_plugin::query(std::string_view id, stn_iface *out) {
  if (id == STN_GROUPS_ID) return provide(out, k_groups, this);
  return id == STN_PROCESSOR_ID && provide(out, k_processor, this);
}

stn_status groups_plugin::group(std::string_view name, stn_group *out, stn_error *err) {
  if (state_.groups->settings(name, out)) return STN_OK;
  group_table::config made;
  if (state_.find_or_make(name, &made) && state_.groups->settings(name, out)) return STN_OK;
  return stn_error_set(err, STN_E_NOT_FOUND, "no such group");
}

stn_status groups_plugin::routes(void *, const stn_route **v, uint32_t *n) {
  static constexpr stn_route k_routes[] = {
      {code::heart_beat, 0, "broker"},
      {code::unregister_client, 0, "broker"},
      {code::get_consumer_list_by_group, 0, "broker"},
      {code::lock_batch_mq, 0, "broker"},
      {code::unlock_batch_mq, 0, "broker"},
      {code::check_client_config, 0, "broker"},
      {code::update_and_create_subscriptiongroup, 0, "broker"},
      {code::get_all_subscriptiongroup_config, STN_ROUTE_BLOCKING, "broker"},
      {code::get_consumer_connection_list, 0, "broker"},
      {code::get_producer_connection_list, 0, "broker"},
      {code::delete_subscriptiongroup, 0, "broker"},
      {code::get_all_producer_info, STN_ROUTE_BLOCKING, "broker"},
      {code::get_subscription_group_config, 0, "broker"},
  };
  *v = k_routes;
  *n = sizeof(k_routes) / sizeof(k_routes[0]);
  return STN_OK;
}

void groups_plugin::handle(const stn_req_batch *b) {
  answer_each(b, [this](const stn_req_view &q) -> answer {
    switch (q.code) {
      case code::heart_beat:
        return heartbeat(state_, q);
      case code::unregister_client:
        return unregister_client(state_, q);
      case code::get_consumer_list_by_group:
        return consumer_ids(state_, q);
      case code::lock_batch_mq:
        return lock_queues(state_, q);
      case code::unlock_batch_mq:
        return unlock_queues(state_, q);
      case code::check_client_config:
        return check_client_config(state_, q);
      case code::update_and_create_subscriptiongroup:
        return put_group(state_, q);
      case code::get_all_subscriptiongroup_config:
        return all_groups(state_, q);
      case code::get_consumer_connection_list:
        return consumer_connections(state_, q);
      case code::get_producer_connection_list:
        return producer_connections(state_, q);
      case code::delete_subscriptiongroup:
        return delete_group(state_, q);
      case code::get_all_producer_info:
        return all_producers(state_, q);
      default:
        return group_settings(state_, q);
    }
  });
}

}  // namespace

}  // namespace stn::broker_groups

using stn::broker_groups::groups_plugin;
STN_PLUGIN(groups_plugin);
