// The plugin: settings in, "stn.store/1" out, figures to the metrics.
#include <memory>

#include "log_api.h"
#include "message_store.h"
#include "plugin_info.h"
#include "stanchion/sdk/plugin.h"
#include "store_metrics.h"

namespace stn::store_mmap {
namespace {

class store_plugin final : public plugin {
 public:
  status init() override;
  status start() override;
  status stop() override;
  bool query(std::string_view id, stn_iface *out) override;

  message_store &store() { return *store_; }

 private:
  status read_settings(settings *s) const;

  std::unique_ptr<message_store> store_;
  message_store *log_store_ = nullptr;  // store_, for the interface of the log
  store_metrics metrics_;
};

message_store &of(void *self) { return static_cast<store_plugin *>(self)->store(); }

// Everything that may allocate is guarded; what only looks up is called straight.
const stn_store_api k_api = {
    {sizeof(stn_store_api), STN_VER(1, 0)},
    [](void *self, stn_str topic, uint32_t *out, stn_error *err) {
      return guarded(err, [&]() -> status {
        result<uint32_t> r = of(self).queues().intern(view(topic));
        if (!r.ok()) return r.error();
        *out = r.value();
        return {};
      });
    },
    [](void *self, uint32_t topic, stn_str *out) -> stn_status {
      *out = str(of(self).queues().name(topic));
      return out->len == 0 ? STN_E_NOT_FOUND : STN_OK;
    },
    [](void *self, const stn_append *v, uint32_t n, stn_exec *home, const stn_sink *k,
       stn_error *err) { return of(self).append(v, n, home, k, err); },
    [](void *self, const stn_fetch *q, stn_fetched *out, stn_error *err) {
      return of(self).reader().fetch(*q, out, err);
    },
    [](void *self, uint32_t topic, int32_t queue, int64_t from, stn_entries *out, stn_error *err) {
      return of(self).reader().entries(topic, queue, from, out, err);
    },
    [](void *self, int64_t phys, stn_bslice *out, stn_error *err) {
      return of(self).reader().read(phys, out, err);
    },
    [](void *self, uint32_t topic, const int32_t *queue, uint32_t n, stn_queue_info *out) {
      return of(self).queue_info(topic, queue, n, out);
    },
    [](void *self, uint32_t topic, int32_t queue, int64_t ms, int64_t *out, stn_error *err) {
      return of(self).reader().offset_by_time(topic, queue, ms, out, err);
    },
    [](void *self, uint32_t topic, stn_error *err) {
      return guarded(err, [&] { return of(self).drop_topic(topic); });
    },
    [](void *self, stn_arrival_fn on, void *user, stn_error *err) {
      return guarded(err, [&]() -> status {
        of(self).watch(on, user);
        return {};
      });
    },
    [](void *self, const stn_key_query *q, stn_key_found *out, stn_error *err) {
      return guarded(err, [&]() -> status {
        stn_error why{};
        return status::from_abi(of(self).index().find(*q, out, &why), why);
      });
    },
    [](void *self, uint32_t topic, int32_t queue, int64_t ms, int32_t bound, int64_t *out,
       stn_error *err) {
      return of(self).reader().bound_by_time(topic, queue, ms, bound, out, err);
    }};

status store_plugin::read_settings(settings *s) const {
  s->dir = host_.cfg_str("dir", "store");
  s->segment_size = host_.cfg_i64("segment_size", s->segment_size);
  s->queue_file_entries = host_.cfg_i64("queue_file_entries", s->queue_file_entries);
  s->max_message_size = host_.cfg_i64("max_message_size", s->max_message_size);
  s->sync_flush = host_.cfg_str("flush", "sync") == "sync";
  auto ms = [&](const char *key, uint64_t fallback) {
    return static_cast<uint64_t>(host_.cfg_i64(key, static_cast<int64_t>(fallback * 1000000))) /
           1000000;
  };
  s->flush_interval_ms = ms("flush_interval", s->flush_interval_ms);
  s->flush_least_bytes = host_.cfg_i64("flush_least", s->flush_least_bytes);
  s->flush_thorough_ms = ms("flush_thorough", s->flush_thorough_ms);
  s->sync_timeout_ms = ms("sync_timeout", s->sync_timeout_ms);
  s->sync_pending_max =
      static_cast<uint32_t>(host_.cfg_i64("sync_pending_max", s->sync_pending_max));
  s->queue_write_interval_ms = ms("queue_write_interval", s->queue_write_interval_ms);
  s->checkpoint_interval_ms = ms("checkpoint_interval", s->checkpoint_interval_ms);
  s->populate_ahead = host_.cfg_i64("populate_ahead", s->populate_ahead);
  s->hot_window = host_.cfg_i64("hot_window", s->hot_window);
  s->mapped_max = host_.cfg_i64("mapped_max", s->mapped_max);
  s->queue_memory_max = host_.cfg_i64("queue_memory_max", s->queue_memory_max);
  s->open_files_max = static_cast<uint32_t>(host_.cfg_i64("open_files_max", s->open_files_max));
  s->index = host_.cfg_i64("index", 1) != 0;
  s->index_slots = host_.cfg_i64("index_slots", s->index_slots);
  s->index_entries = host_.cfg_i64("index_entries", s->index_entries);
  s->index_interval_ms = ms("index_interval", s->index_interval_ms);
  s->index_sync_interval_ms = ms("index_sync_interval", s->index_sync_interval_ms);
  s->retention_age_ms = ms("retention_age", s->retention_age_ms);
  s->retention_bytes = host_.cfg_i64("retention_bytes", s->retention_bytes);
  s->space_low = host_.cfg_i64("space_low", s->space_low);
  s->space_reserve = host_.cfg_i64("space_reserve", s->space_reserve);
  s->space_interval_ms = ms("space_interval", s->space_interval_ms);
  s->retention_interval_ms = ms("retention_interval", s->retention_interval_ms);
  std::string hours(host_.cfg_str("retention_hours", "4"));
  if (!parse_hours(hours, &s->retention_hours)) {
    return {STN_E_INVALID, "retention_hours: not hours of the day, like 4;16: " + hours};
  }
  std::string levels(host_.cfg_str("delay_levels", k_delay_levels_default));
  if (!parse_delay_levels(levels, &s->delay_ms)) {
    return {STN_E_INVALID, "delay_levels: not a list of durations: " + levels};
  }
  if (s->segment_size % 4096 != 0) return {STN_E_INVALID, "segment_size: not a multiple of 4096"};
  return {};
}

status store_plugin::init() {
  settings s;
  if (status bad = read_settings(&s); !bad.ok()) return bad;
  wall_clock clock{[](const void *h) {
                     auto *host = static_cast<const stn_host *>(h);
                     return host->now_ms(host);
                   },
                   host_.raw()};
  auto log = [h = host_](int32_t level, const std::string &message) { h.log(level, message); };
  store_ = std::make_unique<message_store>(posix_files(), std::move(s), clock, log);
  log_store_ = store_.get();
  result<iface<stn_exec_api>> exec = host_.get<stn_exec_api>(STN_EXEC_ID);
  if (!exec.ok()) return exec.error();
  store_->use_executor(exec.value().api, exec.value().self);
  return metrics_.init(host_, exec.value(), *store_);
}

status store_plugin::start() {
  if (status s = store_->open(); !s.ok()) return s;
  host_.announce("store", store_->config().dir);
  host_.announce("flush", store_->config().sync_flush ? "sync" : "async");
  return metrics_.start();
}

status store_plugin::stop() {
  metrics_.stop();
  return store_ ? store_->close() : status();
}

bool store_plugin::query(std::string_view id, stn_iface *out) {
  if (id == STN_LOG_ID) return provide(out, log_api(), &log_store_);
  return id == STN_STORE_ID && provide(out, k_api, this);
}

}  // namespace
}  // namespace stn::store_mmap

using stn::store_mmap::store_plugin;
STN_PLUGIN(store_plugin);
