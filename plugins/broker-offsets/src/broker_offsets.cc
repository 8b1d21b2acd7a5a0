// broker_offsets: the plugin. Keeps how far groups have consumed, serves it, saves it.
#include <memory>
#include <string>

#include "offset_file.h"
#include "offset_handlers.h"
#include "offset_table.h"
#include "plugin_info.h"
#include "stanchion/ext/offsets.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/sdk/background_saver.h"
#include "stanchion/sdk/plugin.h"

namespace stn::broker_offsets {

namespace {

namespace code = protocol::request_code;

class offsets_plugin final : public plugin {
 public:
  status init() override;
  status start() override;
  status stop() override;
  bool query(std::string_view id, stn_iface *out) override;

 private:
  status load();
  status add_metrics();
  void commit(std::string_view group, std::string_view topic, int32_t queue, int64_t offset);
  void save_if_changed();
  void handle(const stn_req_batch *b);

  static stn_status routes(void *self, const stn_route **v, uint32_t *n);
  static const stn_offsets_api k_offsets;
  static const stn_processor_api k_processor;

  std::unique_ptr<offset_table> table_;
  std::unique_ptr<offset_handlers> handlers_;
  background_saver saver_;
  iface<stn_exec_api> exec_;
  iface<stn_metrics_api> metrics_;
  stn_metric *refused_ = nullptr;
  stn_timer *flush_timer_ = nullptr;
  uint64_t saved_changes_ = 0;
  std::string path_;
};

const stn_offsets_api offsets_plugin::k_offsets = {
    {sizeof(stn_offsets_api), STN_VER(1, 0)},
    [](void *self, stn_str group, stn_str topic, int32_t queue, int64_t offset) {
      static_cast<offsets_plugin *>(self)->commit(view(group), view(topic), queue, offset);
    },
    [](void *self, stn_str group) {
      static_cast<offsets_plugin *>(self)->table_->remove_group(view(group));
    }};

const stn_processor_api offsets_plugin::k_processor = {
    {sizeof(stn_processor_api), STN_VER(1, 0)},
    &offsets_plugin::routes,
    [](void *self, const stn_req_batch *b) { static_cast<offsets_plugin *>(self)->handle(b); },
    nullptr};

status offsets_plugin::init() {
  auto store = host_.get<stn_store_api>(STN_STORE_ID);
  if (!store.ok()) return store.error();
  auto topics = host_.get<stn_topics_api>(STN_TOPICS_ID);
  if (!topics.ok()) return topics.error();
  auto exec = host_.get<stn_exec_api>(STN_EXEC_ID);
  if (!exec.ok()) return exec.error();
  exec_ = exec.value();
  table_ = std::make_unique<offset_table>(static_cast<size_t>(host_.cfg_i64("max_queues")));
  handlers_ = std::make_unique<offset_handlers>(table_.get(), store.value(), topics.value());
  path_ = std::string(host_.cfg_str("config_dir")) + "/consumerOffset.json";
  return add_metrics();
}

status offsets_plugin::add_metrics() {
  auto metrics = host_.get<stn_metrics_api>(STN_METRICS_ID);
  if (!metrics.ok()) return metrics.error();
  metrics_ = metrics.value();
  stn_error err{};
  const stn_status s =
      metrics_->add(metrics_.self, STN_METRIC_COUNTER, "stn_offsets_refused_total",
                    "commits dropped because the table is full", nullptr, 0, &refused_, &err);
  return status::from_abi(s, err);
}

// Loaded in start, when other plugins may not commit yet; saved behind the caller's back from then on.
status offsets_plugin::start() {
  if (status s = load(); !s.ok()) return s;
  saver_.open(host_, exec_, path_, [this] { return file_text(table_->snapshot()); });
  const auto period = static_cast<uint64_t>(host_.cfg_i64("flush_interval"));
  const stn_task flush = {
      [](void *user) { static_cast<offsets_plugin *>(user)->save_if_changed(); }, this};
  const stn_status s = exec_->timer(exec_->io(exec_.self, 0), period, period, flush, &flush_timer_);
  return s == STN_OK ? status() : status(s, "flush timer");
}

// An unreadable file stops the start: going on would make every group begin anew and overwrite what may be saved by hand.
status offsets_plugin::load() {
  status s =
      load_file(path_, [this](std::string_view t) { return read_file_text(t, table_.get()); });
  saved_changes_ = table_->changes();
  return s.code() == STN_E_NOT_FOUND ? status() : s;
}

void offsets_plugin::save_if_changed() {
  const uint64_t changes = table_->changes();
  if (changes == saved_changes_) return;
  saved_changes_ = changes;
  saver_.request();
}

status offsets_plugin::stop() {
  if (flush_timer_ != nullptr) {
    exec_->timer_cancel(flush_timer_);
    flush_timer_ = nullptr;
    save_if_changed();
  }
  saver_.close();
  return {};
}

bool offsets_plugin::query(std::string_view id, stn_iface *out) {
  if (id == STN_OFFSETS_ID) return provide(out, k_offsets, this);
  return id == STN_PROCESSOR_ID && provide(out, k_processor, this);
}

void offsets_plugin::commit(std::string_view group, std::string_view topic, int32_t queue,
                            int64_t offset) {
  if (!table_->commit(group, topic, queue, offset)) metrics_->inc(refused_, 1);
}

stn_status offsets_plugin::routes(void *, const stn_route **v, uint32_t *n) {
  static constexpr stn_route k_routes[] = {
      {code::query_consumer_offset, 0, "broker"},
      {code::update_consumer_offset, 0, "broker"},
      {code::search_offset_by_timestamp, STN_ROUTE_BLOCKING, "broker"},
      {code::get_max_offset, 0, "broker"},
      {code::get_min_offset, 0, "broker"},
      {code::get_earliest_msg_storetime, STN_ROUTE_BLOCKING, "broker"},
      {code::get_all_consumer_offset, STN_ROUTE_BLOCKING, "broker"},
      {code::get_consume_stats, STN_ROUTE_BLOCKING, "broker"},
  };
  *v = k_routes;
  *n = sizeof(k_routes) / sizeof(k_routes[0]);
  return STN_OK;
}

void offsets_plugin::handle(const stn_req_batch *b) {
  answer_each(b, [this](const stn_req_view &q) -> answer {
    switch (q.code) {
      case code::query_consumer_offset:
        return handlers_->query(q);
      case code::update_consumer_offset:
        return handlers_->update(q);
      case code::search_offset_by_timestamp:
        return handlers_->search_by_time(q);
      case code::get_max_offset:
        return handlers_->max_offset(q);
      case code::get_min_offset:
        return handlers_->min_offset(q);
      case code::get_earliest_msg_storetime:
        return handlers_->earliest_time(q);
      case code::get_all_consumer_offset:
        return handlers_->all_offsets(q);
      default:
        return handlers_->consume_stats(q);
    }
  });
}

}  // namespace

}  // namespace stn::broker_offsets

using stn::broker_offsets::offsets_plugin;
STN_PLUGIN(offsets_plugin);
