// The remoting protocol over TCP as a plugin: settings, life, and the table of stn.transport/1.
#include <algorithm>
#include <chrono>
#include <condition_variable>

#include "listener.h"
#include "outbound.h"
#include "plugin_info.h"
#include "responder.h"
#include "stanchion/sdk/plugin.h"

namespace stn::transport_tcp {

namespace {
// How long a drain goes on reading from peers that are in the middle of something.
constexpr uint64_t k_patience_ns = 2'000'000'000;
}  // namespace

class tcp_plugin final : public plugin {
 public:
  status init() override;
  status start() override;
  status serve() override;
  status drain(uint64_t deadline_ns) override;
  status stop() override;
  bool query(std::string_view id, stn_iface *out) override;

  stn_status listener_at(uint32_t i, stn_listener *out) const;
  io_shard *shard_of(stn_exec *home) const;

 private:
  void read_settings();
  status add_counters();
  bool settle(bool patient);

  shared_state shared_;
  std::vector<std::unique_ptr<io_shard>> shards_;
  std::vector<std::unique_ptr<listener>> listeners_;
  bool begun_ = false;
};

void tcp_plugin::read_settings() {
  settings &c = shared_.config;
  for (uint32_t i = 0; i < host_.cfg_count("listen"); i++) {
    const std::string at = "listen[" + std::to_string(i) + "].";
    c.listen.push_back({std::string(host_.cfg_str((at + "name").c_str())),
                        std::string(host_.cfg_str((at + "address").c_str())),
                        std::string(host_.cfg_str((at + "scope").c_str()))});
  }
  c.frame_max = static_cast<size_t>(host_.cfg_i64("max_frame", static_cast<int64_t>(c.frame_max)));
  c.idle_ns = static_cast<uint64_t>(host_.cfg_i64("idle_timeout", static_cast<int64_t>(c.idle_ns)));
  c.in_flight_max = static_cast<uint32_t>(host_.cfg_i64("max_in_flight", c.in_flight_max));
  c.write_high_mark = static_cast<size_t>(
      host_.cfg_i64("write_high_mark", static_cast<int64_t>(c.write_high_mark)));
  c.backlog = static_cast<int>(host_.cfg_i64("backlog", c.backlog));
}

status tcp_plugin::add_counters() {
  auto metrics = host_.get<stn_metrics_api>(STN_METRICS_ID);
  if (!metrics.ok()) return metrics.error();
  counters &c = shared_.count;
  c.api = metrics.value().api;
  struct entry {
    stn_metric **at;
    int32_t kind;
    const char *name;
    const char *help;
  };
  const entry entries[] = {
      {&c.connections, STN_METRIC_GAUGE, "stn_tcp_connections", "open connections"},
      {&c.requests, STN_METRIC_COUNTER, "stn_tcp_requests_total", "requests received"},
      {&c.received_bytes, STN_METRIC_COUNTER, "stn_tcp_received_bytes_total", "bytes received"},
      {&c.sent_bytes, STN_METRIC_COUNTER, "stn_tcp_sent_bytes_total", "bytes sent"},
      {&c.frames_refused, STN_METRIC_COUNTER, "stn_tcp_frames_refused_total",
       "connections closed because of a frame that cannot be trusted"},
      {&c.idle_closed, STN_METRIC_COUNTER, "stn_tcp_idle_closed_total",
       "connections closed because they were idle"},
      {&c.paused, STN_METRIC_COUNTER, "stn_tcp_paused_total",
       "times a connection was not read for back-pressure"},
      {&c.error_answers, STN_METRIC_COUNTER, "stn_tcp_error_answers_total",
       "answers with an error code; a pull that found nothing yet is none"},
      {&c.answers_late, STN_METRIC_COUNTER, "stn_tcp_answers_late_total",
       "answers of peers that nobody waited for"},
  };
  for (const entry &e : entries) {
    stn_error err{};
    const stn_status st =
        c.api->add(metrics.value().self, e.kind, e.name, e.help, nullptr, 0, e.at, &err);
    if (st != STN_OK) return status::from_abi(st, err);
  }
  return {};
}

status tcp_plugin::init() {
  shared_.kernel = host_;
  shared_.ops = &k_req_ops;
  auto exec = host_.get<stn_exec_api>(STN_EXEC_ID);
  if (!exec.ok()) return exec.error();
  auto router = host_.get<stn_router_api>(STN_ROUTER_ID);
  if (!router.ok()) return router.error();
  shared_.exec = exec.value();
  shared_.router = router.value();
  shared_.router->scope(shared_.router.self, str("outbound"), &shared_.outbound_scope);
  read_settings();
  if (status s = add_counters(); !s.ok()) return s;
  const uint32_t n = shared_.exec->io_count(shared_.exec.self);
  for (uint32_t i = 0; i < n; i++) {
    shards_.push_back(std::make_unique<io_shard>(&shared_, shared_.exec->io(shared_.exec.self, i)));
  }
  return {};
}

status tcp_plugin::start() {
  for (const listener_settings &s : shared_.config.listen) {
    listeners_.push_back(std::make_unique<listener>(&shared_, s, &shards_));
    const std::string key = "listen[" + std::to_string(listeners_.size() - 1) + "].address";
    if (status bound = listeners_.back()->bind(); !bound.ok()) return std::move(bound).prefix(key);
  }
  for (auto &s : shards_) run_on(shared_.exec, s->home(), [&] { s->begin(); });
  begun_ = true;
  return {};
}

status tcp_plugin::serve() {
  for (auto &l : listeners_) {
    if (status s = l->open(); !s.ok()) return s;
    host_.announce(l->name(), l->address());
  }
  return {};
}

bool tcp_plugin::settle(bool patient) {
  bool settled = true;
  for (auto &s : shards_) {
    run_on(shared_.exec, s->home(), [&] { settled = s->settle(patient) && settled; });
  }
  return settled;
}

// What peers had sent before they could know is read and answered too, unless it takes them too long. Then waits until
// everything that was read is answered and sent, or the deadline.
status tcp_plugin::drain(uint64_t deadline_ns) {
  for (auto &l : listeners_) l->shut();
  const uint64_t impatient_ns = std::min(deadline_ns, host_.mono_ns() + k_patience_ns);
  std::mutex m;
  std::condition_variable never;
  std::unique_lock lock(m);
  while (!settle(host_.mono_ns() < impatient_ns)) {
    if (host_.mono_ns() >= deadline_ns) return {STN_E_TIMEOUT, "requests are still unanswered"};
    never.wait_for(lock, std::chrono::milliseconds(1));
  }
  return {};
}

status tcp_plugin::stop() {
  for (auto &l : listeners_) l->shut();
  if (begun_) {
    for (auto &s : shards_) run_on(shared_.exec, s->home(), [&] { s->end(); });
  }
  begun_ = false;
  return {};
}

stn_status tcp_plugin::listener_at(uint32_t i, stn_listener *out) const {
  if (i >= listeners_.size()) return STN_E_NOT_FOUND;
  const listener &l = *listeners_[i];
  out->name = str(l.name());
  out->scope = str(l.scope());
  out->address = str(l.address());
  return STN_OK;
}

io_shard *tcp_plugin::shard_of(stn_exec *home) const {
  for (const auto &s : shards_) {
    if (s->home() == home) return s.get();
  }
  return nullptr;
}

namespace {

tcp_plugin *plugin_of(void *self) { return static_cast<tcp_plugin *>(self); }

const stn_transport_api k_transport_api = {
    {sizeof(stn_transport_api), STN_VER(1, 0)},
    [](void *self, uint32_t i, stn_listener *out) { return plugin_of(self)->listener_at(i, out); },
    [](void *self, stn_str address, uint64_t timeout_ns, stn_exec *home, uint64_t user,
       const stn_sink *k, stn_error *err) -> stn_status {
      io_shard *shard = plugin_of(self)->shard_of(home);
      if (shard == nullptr) return stn_error_set(err, STN_E_INVALID, "home is not an I/O executor");
      return open_connection(shard, address, timeout_ns, user, k, err);
    },
    call,
    push,
    [](stn_conn *c) { connection::of(c)->retain(); },
    [](stn_conn *c) { connection::of(c)->release(); },
    close_connection};

}  // namespace

bool tcp_plugin::query(std::string_view id, stn_iface *out) {
  return id == STN_TRANSPORT_ID && provide(out, k_transport_api, this);
}

}  // namespace stn::transport_tcp

STN_PLUGIN(stn::transport_tcp::tcp_plugin);
