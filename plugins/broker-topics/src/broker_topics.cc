// The plugin: settings, stn.topics/1, routes to handlers, and the life of table, identity and registrar.
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "identity.h"
#include "plugin_info.h"
#include "registrar.h"
#include "stanchion/ext/store.h"
#include "stanchion/ext/topics.h"
#include "stanchion/ext/transport.h"
#include "stanchion/protocol/bodies/route.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/background_saver.h"
#include "stanchion/sdk/plugin.h"
#include "topic_handlers.h"
#include "topic_table.h"

namespace stn::broker_topics {

namespace {

namespace code = protocol::request_code;

constexpr const char *k_scope = "broker";

constexpr stn_route k_routes[] = {
    {code::update_and_create_topic, STN_ROUTE_BLOCKING, k_scope},
    {code::delete_topic_in_broker, STN_ROUTE_BLOCKING, k_scope},
    {code::get_topic_stats_info, STN_ROUTE_BLOCKING, k_scope},
    {code::get_all_topic_config, STN_ROUTE_BLOCKING, k_scope},
    {code::get_system_topic_list_from_broker, 0, k_scope},
    {code::get_topic_config, 0, k_scope},
};

constexpr int32_t k_perm_read_write = STN_PERM_READ | STN_PERM_WRITE;
constexpr int32_t k_perm_template = k_perm_read_write | STN_PERM_INHERIT;

struct start_topic {
  std::string name;
  int32_t queues;
  int32_t perm;
};

class topics_plugin final : public plugin {
 public:
  status init() override;
  status start() override;
  status serve() override;
  status drain(uint64_t deadline_ns) override {
    if (registrar_) registrar_->leave(deadline_ns);
    return {};
  }
  status stop() override {
    if (registrar_) registrar_->stop();
    saver_.close();
    return {};
  }
  bool query(std::string_view id, stn_iface *out) override;

 private:
  std::string text(const char *key) const { return std::string(host_.cfg_str(key)); }
  uint64_t duration(const char *key) const { return static_cast<uint64_t>(host_.cfg_i64(key)); }

  std::unique_ptr<topic_table> make_table();
  status load_topics();
  std::vector<start_topic> start_topics() const;
  result<std::string> bound_address() const;
  registrar::options registrar_options();
  void apply_order_conf(std::string_view body);
  void changed();

  void handle(const stn_req_batch *b);
  void create(const stn_req_batch *b);
  answer answer_to(const stn_req_view &q);

  iface<stn_exec_api> exec_;
  iface<stn_store_api> store_;
  iface<stn_transport_api> transport_;
  std::vector<std::string> namesrv_;
  identity self_;
  background_saver saver_;
  std::unique_ptr<topic_table> table_;
  std::unique_ptr<registrar> registrar_;
  std::optional<topic_handlers> handlers_;
};

status topics_plugin::init() {
  auto exec = host_.get<stn_exec_api>(STN_EXEC_ID);
  if (!exec.ok()) return exec.error();
  auto store = host_.get<stn_store_api>(STN_STORE_ID);
  if (!store.ok()) return store.error();
  auto transport = host_.get<stn_transport_api>(STN_TRANSPORT_ID);
  if (!transport.ok()) return transport.error();
  exec_ = exec.value();
  store_ = store.value();
  transport_ = transport.value();
  namesrv_ = split_list(host_.cfg_str("namesrv"));
  for (const std::string &address : namesrv_) {
    if (split_address(address).port.empty()) {
      return {STN_E_INVALID, "namesrv: \"" + address + "\" is not host:port"};
    }
  }
  table_ = make_table();
  return {};
}

std::unique_ptr<topic_table> topics_plugin::make_table() {
  return std::make_unique<topic_table>(topic_table::options{
      .cluster = text("cluster"),
      .broker = text("broker"),
      .auto_create = host_.cfg_i64("auto_create", 1) != 0,
      .max_topics = static_cast<size_t>(host_.cfg_i64("max_topics", 100000)),
      .now_ms = [this] { return host_.now_ms(); },
      .intern = [this](std::string_view name) -> result<uint32_t> {
        uint32_t id = 0;
        stn_error err{};
        if (stn_status st = store_->intern(store_.self, str(name), &id, &err); st != STN_OK) {
          return status::from_abi(st, err);
        }
        return id;
      },
      .changed = [this] { changed(); }});
}

// The topics that every broker has. Template topics are made only where topics are made automatically.
std::vector<start_topic> topics_plugin::start_topics() const {
  const std::string cluster = text("cluster");
  std::vector<start_topic> all = {{"SELF_TEST_TOPIC", 1, k_perm_read_write},
                                  {"BenchmarkTest", 1024, k_perm_read_write},
                                  {cluster, 16, k_perm_template},
                                  {text("broker"), 1, k_perm_template},
                                  {"OFFSET_MOVED_EVENT", 1, k_perm_read_write},
                                  {"SCHEDULE_TOPIC_XXXX", 18, k_perm_read_write},
                                  {cluster + "_REPLY_TOPIC", 1, k_perm_read_write}};
  if (host_.cfg_i64("auto_create", 1) != 0) {
    const auto queues = static_cast<int32_t>(host_.cfg_i64("default_queues", 8));
    all.push_back({std::string(k_auto_create_topic), queues, k_perm_template});
  }
  if (host_.cfg_i64("trace_topic") != 0)
    all.push_back({std::string(k_trace_topic), 1, k_perm_read_write});
  return all;
}

status topics_plugin::load_topics() {
  const std::string path = text("config_dir") + "/topics.json";
  status loaded = load_file(path, [this](std::string_view json) -> status {
    protocol::topic_config_table stored;
    if (auto o = decode(json, &stored); !o.ok())
      return {STN_E_CORRUPT, std::string(protocol::describe(o.code))};
    return table_->load(stored);
  });
  if (!loaded.ok() && loaded.code() != STN_E_NOT_FOUND) return loaded;
  for (const start_topic &t : start_topics()) {
    if (status s = table_->add_if_missing(t.name, t.queues, t.perm); !s.ok())
      return std::move(s).prefix(t.name);
  }
  saver_.open(host_, exec_, path, [this] { return encode_file(table_->changes_since(0).table); });
  return {};
}

result<std::string> topics_plugin::bound_address() const {
  stn_listener l{};
  l.size = sizeof(l);
  for (uint32_t i = 0; transport_->listener(transport_.self, i, &l) == STN_OK; i++) {
    if (view(l.scope) == k_scope) return std::string(view(l.address));
  }
  return status(STN_E_NOT_FOUND, "no listener has scope broker");
}

registrar::options topics_plugin::registrar_options() {
  registrar::options o;
  o.namesrv = namesrv_;
  o.interval_ns = duration("register_interval");
  o.retry_ns = duration("retry_interval");
  o.timeout_ns = duration("register_timeout");
  o.cluster = text("cluster");
  o.broker = text("broker");
  o.broker_id = host_.cfg_i64("broker_id");
  o.address = self_.address();
  o.ha_address = self_.ha_address();
  o.topics = [this](uint64_t since) { return table_->changes_since(since); };
  o.generation = [this] { return table_->generation(); };
  o.order_conf = [this](std::string_view body) { apply_order_conf(body); };
  return o;
}

status topics_plugin::start() {
  auto bound = bound_address();
  if (!bound.ok()) return bound.error();
  status resolved = self_.resolve({.cluster = text("cluster"),
                                   .broker = text("broker"),
                                   .broker_id = host_.cfg_i64("broker_id"),
                                   .advertise = text("advertise"),
                                   .bound = bound.value(),
                                   .namesrv = namesrv_.empty() ? std::string() : namesrv_.front()});
  if (!resolved.ok()) return resolved;
  if (status s = load_topics(); !s.ok()) return s;
  handlers_.emplace(
      topic_handlers{*table_, store_, self_, host_, [this] { return saver_.flush(); }});
  registrar_ = std::make_unique<registrar>(host_, exec_, transport_, registrar_options());
  host_.announce("advertise", self_.address());
  return {};
}

status topics_plugin::serve() {
  const auto wait_ns = static_cast<uint64_t>(host_.cfg_i64("ready_wait", 1'000'000'000));
  auto up = registrar_->start(wait_ns);
  return up.ok() ? status() : up.error();
}

void topics_plugin::changed() {
  saver_.request();
  if (registrar_) registrar_->change();
}

void topics_plugin::apply_order_conf(std::string_view body) {
  protocol::kv_table table;
  if (!protocol::decode(body, &table).ok()) return;
  std::set<std::string, std::less<>> topics;
  for (const auto &[topic, conf] : table) topics.insert(topic);
  if (table_->set_order_topics(topics))
    host_.info("order topics changed", {{"topics", topics.size()}});
}

void topics_plugin::handle(const stn_req_batch *b) {
  if (b->view[0]->code == code::update_and_create_topic) return create(b);
  answer_each(b, [this](const stn_req_view &q) { return answer_to(q); });
}

// Answered when the name servers know the topic.
void topics_plugin::create(const stn_req_batch *b) {
  for (uint32_t i = 0; i < b->n; i++) {
    uint64_t generation = 0;
    answer a = guarded_answer(
        [&](const stn_req_view &q) {
          change_answer c = handlers_->create(q);
          generation = c.generation;
          return std::move(c.reply);
        },
        *b->view[i]);
    registrar_->when_registered(generation,
                                [ops = b->ops, request = b->req[i], reply = std::move(a)] {
                                  send_answer(ops, request, reply);
                                });
  }
}

answer topics_plugin::answer_to(const stn_req_view &q) {
  switch (q.code) {
    case code::delete_topic_in_broker:
      return handlers_->remove(q);
    case code::get_topic_stats_info:
      return handlers_->stats(q);
    case code::get_all_topic_config:
      return handlers_->all(q);
    case code::get_system_topic_list_from_broker:
      return handlers_->system_list(q);
    case code::get_topic_config:
      return handlers_->one(q);
    default:
      STN_CHECK(false);  // the router sends only what k_routes lists
  }
}

topics_plugin &of(void *self) { return *static_cast<topics_plugin *>(self); }

bool topics_plugin::query(std::string_view id, stn_iface *out) {
  static const stn_processor_api processor = {
      {sizeof(stn_processor_api), STN_VER(1, 0)},
      [](void *, const stn_route **v, uint32_t *n) -> stn_status {
        *v = k_routes;
        *n = std::size(k_routes);
        return STN_OK;
      },
      [](void *self, const stn_req_batch *b) { of(self).handle(b); },
      [](void *self, stn_conn *c, uint64_t, uint32_t, int32_t what) {
        if (what == STN_CONN_CLOSED && of(self).registrar_)
          of(self).registrar_->connection_closed(c);
      }};
  static const stn_topics_api topics = {
      {sizeof(stn_topics_api), STN_VER(1, 0)},
      [](void *self, const stn_str *names, uint32_t n, stn_topic *out) {
        of(self).table_->lookup(names, n, out);
      },
      [](void *self, stn_str name, int32_t queues, int32_t perm, stn_topic *out, stn_error *err) {
        return guarded(err, [&]() -> status {
          auto made = of(self).table_->ensure(view(name), queues, perm);
          if (made.ok()) *out = made.value();
          return made.ok() ? status() : made.error();
        });
      },
      [](void *self, stn_str name, stn_str base, int32_t queues, stn_topic *out, stn_error *err) {
        return guarded(err, [&]() -> status {
          auto made = of(self).table_->derive(view(name), view(base), queues);
          if (made.ok()) *out = made.value();
          return made.ok() ? status() : made.error();
        });
      },
      [](void *self) { return of(self).self_.get(); }};
  if (id == STN_PROCESSOR_ID) return provide(out, processor, this);
  return id == STN_TOPICS_ID && provide(out, topics, this);
}

}  // namespace

}  // namespace stn::broker_topics

STN_PLUGIN(stn::broker_topics::topics_plugin);
