#include "counters.h"

namespace stn::broker_pull {

status counters::add_all(const host &h) {
  auto metrics = h.get<stn_metrics_api>(STN_METRICS_ID);
  if (!metrics.ok()) return metrics.error();
  metrics_ = metrics.value();
  struct series {
    int32_t kind;
    const char *name;
    const char *help;
    const char *outcome;
    stn_metric **out;
  };
  const char *answers = "stn_pull_answers_total";
  const char *answers_help = "answers to pulls, by outcome";
  const series all[] = {
      {STN_METRIC_COUNTER, answers, answers_help, "found", &found_},
      {STN_METRIC_COUNTER, answers, answers_help, "not_found", &not_found_},
      {STN_METRIC_COUNTER, answers, answers_help, "retry", &retry_},
      {STN_METRIC_COUNTER, answers, answers_help, "moved", &moved_},
      {STN_METRIC_COUNTER, answers, answers_help, "failed", &failed_},
      {STN_METRIC_COUNTER, "stn_pull_messages_total", "messages given out", nullptr, &messages_},
      {STN_METRIC_COUNTER, "stn_pull_bytes_total", "bytes of messages given out", nullptr, &bytes_},
      {STN_METRIC_COUNTER, "stn_pull_corrupt_records_total", "records left out: failed checks",
       nullptr, &corrupt_},
      {STN_METRIC_COUNTER, "stn_pull_woken_total", "waiting pulls answered by an arrival", nullptr,
       &woken_},
      {STN_METRIC_COUNTER, "stn_pull_cold_total", "reads that had to wait for the disk", nullptr,
       &cold_},
      {STN_METRIC_COUNTER, "stn_pull_hold_refused_total", "pulls that found no room to wait",
       nullptr, &hold_refused_},
      {STN_METRIC_GAUGE, "stn_pull_held_requests", "pulls waiting now", nullptr, &held_},
  };
  for (const series &s : all) {
    stn_error err{};
    const stn_kv label = {str("outcome"), str(s.outcome != nullptr ? s.outcome : "")};
    const stn_status st = metrics_->add(metrics_.self, s.kind, s.name, s.help, &label,
                                        s.outcome != nullptr ? 1 : 0, s.out, &err);
    if (st != STN_OK) return status::from_abi(st, err);
  }
  return {};
}

void counters::add(const tally &t) const {
  inc(found_, t.found);
  inc(not_found_, t.not_found);
  inc(retry_, t.retry);
  inc(moved_, t.moved);
  inc(failed_, t.failed);
  inc(messages_, t.messages);
  inc(bytes_, t.bytes);
  inc(corrupt_, t.corrupt);
}

}  // namespace stn::broker_pull
