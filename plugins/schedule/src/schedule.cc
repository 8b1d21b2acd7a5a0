// schedule: the plugin. Parks delayed messages (put hook) and delivers them on a thread of its own.
#include <memory>
#include <string>

#include "delay_hook.h"
#include "delay_levels.h"
#include "deliverer.h"
#include "plugin_info.h"
#include "progress_file.h"
#include "stanchion/ext/put_hook.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/request.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/background_saver.h"
#include "stanchion/sdk/plugin.h"

namespace stn::schedule {

namespace {

constexpr std::string_view k_delay_topic = "SCHEDULE_TOPIC_XXXX";
constexpr std::string_view k_half_topic = "RMQ_SYS_TRANS_HALF_TOPIC";

class schedule_plugin final : public plugin {
 public:
  status init() override;
  status start() override;
  status serve() override;
  status stop() override;
  bool query(std::string_view id, stn_iface *out) override;

 private:
  status fetch_interfaces();
  status add_metrics();
  status intern_topics(uint32_t *half_topic);
  status load_progress();
  std::string encode_progress() const { return progress_text(deliverer_->progress()); }
  void save_if_moved();

  static void before_append(void *self, stn_append *v, stn_verdict *verdict, uint32_t n,
                            stn_scratch *mem);
  static stn_status routes(void *self, const stn_route **v, uint32_t *n);
  static void handle(void *self, const stn_req_batch *b);
  static const stn_put_hook_api k_hook;
  static const stn_processor_api k_processor;

  delivery shared_;
  iface<stn_exec_api> exec_;
  std::vector<int64_t> delays_ms_;
  std::string path_;
  std::unique_ptr<delay_hook> hook_;
  std::unique_ptr<deliverer> deliverer_;
  background_saver saver_;
  stn_metric *delayed_ = nullptr;
  stn_timer *flush_timer_ = nullptr;
  uint64_t thread_ = 0;
  bool running_ = false;
  int64_t saved_sum_ = -1;
};

const stn_put_hook_api schedule_plugin::k_hook = {{sizeof(stn_put_hook_api), STN_VER(1, 0)},
                                                  &schedule_plugin::before_append};

const stn_processor_api schedule_plugin::k_processor = {{sizeof(stn_processor_api), STN_VER(1, 0)},
                                                        &schedule_plugin::routes,
                                                        &schedule_plugin::handle,
                                                        nullptr};

status schedule_plugin::init() {
  auto levels = parse_delay_levels(host_.cfg_str("delay_levels"));
  if (!levels.ok()) return levels.error();
  delays_ms_ = levels.value();
  path_ = std::string(host_.cfg_str("config_dir")) + "/delayOffset.json";
  if (status s = fetch_interfaces(); !s.ok()) return s;
  if (status s = add_metrics(); !s.ok()) return s;
  stn_error err{};
  const stn_arrival_fn on_arrival = [](void *user, const stn_arrival *v, uint32_t n) {
    auto *self = static_cast<schedule_plugin *>(user);
    for (uint32_t i = 0; i < n; i++) {
      if (v[i].topic == self->shared_.delay_topic) self->deliverer_->arrived(v[i].queue);
    }
  };
  return status::from_abi(shared_.store->watch(shared_.store.self, on_arrival, this, &err), err);
}

status schedule_plugin::fetch_interfaces() {
  auto store = host_.get<stn_store_api>(STN_STORE_ID);
  if (!store.ok()) return store.error();
  auto exec = host_.get<stn_exec_api>(STN_EXEC_ID);
  if (!exec.ok()) return exec.error();
  auto metrics = host_.get<stn_metrics_api>(STN_METRICS_ID);
  if (!metrics.ok()) return metrics.error();
  exec_ = exec.value();
  shared_.log = host_;
  shared_.store = store.value();
  shared_.metrics = metrics.value();
  shared_.home = exec_->io(exec_.self, 0);
  return {};
}

status schedule_plugin::add_metrics() {
  const struct {
    const char *name;
    const char *help;
    stn_metric **out;
  } all[] = {
      {"stn_schedule_delayed_total", "messages parked for later delivery", &delayed_},
      {"stn_schedule_delivered_total", "delayed messages delivered", &shared_.delivered},
      {"stn_schedule_skipped_total", "delayed messages that cannot be delivered", &shared_.skipped},
      {"stn_schedule_retried_total", "deliveries put off because the store refused",
       &shared_.retried},
  };
  for (const auto &m : all) {
    stn_error err{};
    const stn_status s = shared_.metrics->add(shared_.metrics.self, STN_METRIC_COUNTER, m.name,
                                              m.help, nullptr, 0, m.out, &err);
    if (s != STN_OK) return status::from_abi(s, err);
  }
  return {};
}

status schedule_plugin::intern_topics(uint32_t *half_topic) {
  const auto &store = shared_.store;
  stn_error err{};
  stn_status s = store->intern(store.self, str(k_delay_topic), &shared_.delay_topic, &err);
  if (s == STN_OK) s = store->intern(store.self, str(k_half_topic), half_topic, &err);
  return status::from_abi(s, err);
}

status schedule_plugin::start() {
  uint32_t half_topic = 0;
  if (status s = intern_topics(&half_topic); !s.ok()) return s;
  hook_ = std::make_unique<delay_hook>(shared_.store, shared_.delay_topic, half_topic,
                                       static_cast<int32_t>(delays_ms_.size()));
  deliverer_ = std::make_unique<deliverer>(&shared_, delays_ms_);
  if (status s = load_progress(); !s.ok()) return s;
  saver_.open(host_, exec_, path_, [this] { return encode_progress(); });
  return {};
}

status schedule_plugin::load_progress() {
  std::vector<level_progress> saved;
  status s = load_file(path_, [&](std::string_view text) { return parse_progress(text, &saved); });
  // Without the file everything still held is delivered again: twice is allowed, never is not.
  if (!s.ok() && s.code() != STN_E_NOT_FOUND) {
    host_.error("delay progress unreadable, delivering again from the first message",
                {{"why", s.message()}});
    saved.clear();
  }
  return deliverer_->begin(saved);
}

// The deliverer begins when all plugins have started: what it appends may wake consumers.
status schedule_plugin::serve() {
  stn_error err{};
  const stn_task body = {[](void *user) { static_cast<deliverer *>(user)->run(); },
                         deliverer_.get()};
  stn_status s = exec_->thread_start(exec_.self, str("schedule"), body, &thread_, &err);
  if (s != STN_OK) return status::from_abi(s, err);
  running_ = true;
  const auto period = static_cast<uint64_t>(host_.cfg_i64("flush_interval"));
  const stn_task flush = {[](void *user) { static_cast<schedule_plugin *>(user)->save_if_moved(); },
                          this};
  s = exec_->timer(shared_.home, period, period, flush, &flush_timer_);
  return s == STN_OK ? status() : status(s, "flush timer");
}

void schedule_plugin::save_if_moved() {
  int64_t sum = 0;
  for (const level_progress &p : deliverer_->progress()) sum += p.offset;
  if (sum == saved_sum_) return;
  saved_sum_ = sum;
  saver_.request();
}

status schedule_plugin::stop() {
  if (flush_timer_ != nullptr) exec_->timer_cancel(flush_timer_);
  flush_timer_ = nullptr;
  if (running_) {
    deliverer_->stop();
    exec_->thread_join(exec_.self, thread_);
    deliverer_->wait_quiet();
    running_ = false;
    save_if_moved();
  }
  saver_.close();
  return {};
}

bool schedule_plugin::query(std::string_view id, stn_iface *out) {
  if (id == STN_PUT_HOOK_ID) return provide(out, k_hook, this);
  return id == STN_PROCESSOR_ID && provide(out, k_processor, this);
}

void schedule_plugin::before_append(void *self, stn_append *v, stn_verdict *verdict, uint32_t n,
                                    stn_scratch *mem) {
  auto *p = static_cast<schedule_plugin *>(self);
  const uint32_t moved = p->hook_->before_append(v, verdict, n, mem);
  if (moved > 0) p->shared_.metrics->inc(p->delayed_, moved);
}

stn_status schedule_plugin::routes(void *, const stn_route **v, uint32_t *n) {
  static constexpr stn_route k_routes[] = {
      {protocol::request_code::get_all_delay_offset, 0, "broker"}};
  *v = k_routes;
  *n = 1;
  return STN_OK;
}

void schedule_plugin::handle(void *self, const stn_req_batch *b) {
  auto *p = static_cast<schedule_plugin *>(self);
  answer_each(b, [p](const stn_req_view &) { return answer{.body = p->encode_progress()}; });
}

}  // namespace

}  // namespace stn::schedule

using stn::schedule::schedule_plugin;
STN_PLUGIN(schedule_plugin);
