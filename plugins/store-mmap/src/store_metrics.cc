#include "store_metrics.h"

namespace stn::store_mmap {

status store_metrics::init(const host &h, iface<stn_exec_api> exec, const message_store &store) {
  exec_ = exec;
  result<iface<stn_metrics_api>> m = h.get<stn_metrics_api>(STN_METRICS_ID);
  if (!m.ok()) return {};
  metrics_ = m.value();
  const counters &c = store.stats();
  constexpr int32_t k_counter = STN_METRIC_COUNTER;
  constexpr int32_t k_gauge = STN_METRIC_GAUGE;
  sources_ = {{
      {"stn_store_messages_total", "messages appended", k_counter, &c.appended_messages},
      {"stn_store_append_bytes_total", "bytes appended to the log", k_counter, &c.appended_bytes},
      {"stn_store_syncs_total", "syncs of the log", k_counter, &c.syncs},
      {"stn_store_corrupt_records_total", "records left out because they fail their checks",
       k_counter, &c.corrupt_records},
      {"stn_store_roll_waits_total", "rolls that found no segment ready", k_counter, &c.roll_waits},
      {"stn_store_busy_total", "appends refused because too much waits for the disk", k_counter,
       &c.busy_refusals},
      {"stn_store_mapped_bytes", "bytes of log and index that are mapped", k_gauge,
       &c.mapped_bytes},
      {"stn_store_mapped_segments", "log files that are mapped", k_gauge, &c.mapped_segments},
      {"stn_store_open_files", "files of queues and index that are open", k_gauge, &c.open_files},
      {"stn_store_queues", "queues that exist", k_gauge, &c.queues},
      {"stn_store_queue_memory_bytes", "memory that waits for queue files to be written", k_gauge,
       &c.queue_memory},
      {"stn_store_read_only", "1 after the device has failed", k_gauge, &c.read_only},
      {"stn_store_disk_available_bytes", "space left for the store", k_gauge, &c.disk_available},
      {"stn_store_disk_full", "1 while appends are refused for lack of space", k_gauge,
       &c.disk_full},
      {"stn_store_dropped_segments_total", "log files removed by age, size or lack of space",
       k_counter, &c.dropped_segments},
      {"stn_store_index_files", "files that find messages by key", k_gauge, &c.index_files},
      {"stn_store_index_position_bytes", "position up to which messages are found by key", k_gauge,
       &c.index_position},
      {"stn_store_end_bytes", "position behind the last record", k_gauge, &store.state().end},
  }};
  for (source &s : sources_) {
    stn_error err{};
    stn_status st =
        metrics_->add(metrics_.self, s.kind, s.name, s.help, nullptr, 0, &s.metric, &err);
    if (st != STN_OK) return status::from_abi(st, err);
  }
  return {};
}

status store_metrics::start() {
  if (!metrics_) return {};
  constexpr uint64_t k_second = 1000000000;
  stn_task t{[](void *user) { static_cast<store_metrics *>(user)->report(); }, this};
  stn_status st = exec_->timer(exec_->io(exec_.self, 0), k_second, k_second, t, &timer_);
  return st == STN_OK ? status() : status(st, "timer of the store's metrics");
}

void store_metrics::stop() {
  if (timer_ != nullptr) exec_->timer_cancel(timer_);
  timer_ = nullptr;
}

void store_metrics::report() {
  for (source &s : sources_) {
    int64_t now = s.value->load(std::memory_order_relaxed);
    if (s.kind == STN_METRIC_GAUGE) {
      metrics_->set(s.metric, now);
    } else {
      metrics_->inc(s.metric, now - s.reported);
    }
    s.reported = now;
  }
}

}  // namespace stn::store_mmap
