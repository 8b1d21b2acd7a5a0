// The plugin: settings, the file, stn.kv/1, routes to handlers.
#include <memory>
#include <optional>
#include <string>

#include "config_handlers.h"
#include "kv_store.h"
#include "plugin_info.h"
#include "stanchion/ext/kv.h"
#include "stanchion/protocol/bodies/route.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/background_saver.h"
#include "stanchion/sdk/plugin.h"

namespace stn::namesrv_config {

namespace {

namespace code = protocol::request_code;

constexpr const char *k_scope = "namesrv";

constexpr stn_route k_routes[] = {
    {code::put_kv_config, STN_ROUTE_BLOCKING, k_scope},
    {code::get_kv_config, 0, k_scope},
    {code::delete_kv_config, STN_ROUTE_BLOCKING, k_scope},
    {code::get_kvlist_by_namespace, 0, k_scope},
    {code::update_namesrv_config, 0, k_scope},
    {code::get_namesrv_config, 0, k_scope},
};

class config_plugin final : public plugin {
 public:
  status init() override {
    auto exec = host_.get<stn_exec_api>(STN_EXEC_ID);
    if (!exec.ok()) return exec.error();
    exec_ = exec.value();
    path_ = std::string(host_.cfg_str("config_dir")) + "/kvConfig.json";
    store_ = std::make_unique<kv_store>(static_cast<size_t>(host_.cfg_i64("max_entries", 100000)));
    return {};
  }

  status start() override {
    status loaded = load_file(path_, [this](std::string_view text) -> status {
      protocol::kv_config all;
      if (auto o = protocol::decode(text, &all); !o.ok())
        return {STN_E_CORRUPT, std::string(protocol::describe(o.code))};
      store_->load(std::move(all));
      return {};
    });
    if (!loaded.ok() && loaded.code() != STN_E_NOT_FOUND) return loaded;
    saver_.open(host_, exec_, path_, [this] { return protocol::encode_file(store_->all()); });
    handlers_.emplace(config_handlers{
        *store_, host_,
        [this] {
          saver_.request();
          return saver_.flush();
        },
        properties{
            {"kvConfigPath", path_}, {"productEnvName", "center"}, {"clusterTest", "false"}}});
    return {};
  }

  status stop() override {
    saver_.close();
    return {};
  }

  bool query(std::string_view id, stn_iface *out) override;

 private:
  static config_plugin &of(void *self) { return *static_cast<config_plugin *>(self); }

  void handle(const stn_req_batch *b) {
    answer_each(b, [this](const stn_req_view &q) { return answer_to(q); });
  }

  answer answer_to(const stn_req_view &q) const {
    switch (q.code) {
      case code::put_kv_config:
        return handlers_->put(q);
      case code::get_kv_config:
        return handlers_->get(q);
      case code::delete_kv_config:
        return handlers_->remove(q);
      case code::get_kvlist_by_namespace:
        return handlers_->list(q);
      case code::update_namesrv_config:
        return handlers_->update_own(q);
      case code::get_namesrv_config:
        return handlers_->own_settings(q);
      default:
        STN_CHECK(false);  // the router sends only what k_routes lists
    }
  }

  status get(std::string_view name_space, std::string_view key, stn_text_fn to, void *user) const {
    const std::optional<std::string> value = store_->get(name_space, key);
    if (!value) return {STN_E_NOT_FOUND, "no such key"};
    to(user, str(*value));
    return {};
  }
  status table(std::string_view name_space, stn_text_fn to, void *user) const {
    const std::optional<protocol::kv_table> found = store_->table(name_space);
    if (!found) return {STN_E_NOT_FOUND, "no such namespace"};
    to(user, str(protocol::encode(*found)));
    return {};
  }

  iface<stn_exec_api> exec_;
  std::string path_;
  std::unique_ptr<kv_store> store_;
  background_saver saver_;
  std::optional<config_handlers> handlers_;
};

bool config_plugin::query(std::string_view id, stn_iface *out) {
  static const stn_processor_api processor = {
      {sizeof(stn_processor_api), STN_VER(1, 0)},
      [](void *, const stn_route **v, uint32_t *n) -> stn_status {
        *v = k_routes;
        *n = std::size(k_routes);
        return STN_OK;
      },
      [](void *self, const stn_req_batch *b) { of(self).handle(b); },
      nullptr};
  static const stn_kv_api kv = {
      {sizeof(stn_kv_api), STN_VER(1, 0)},
      [](void *self, stn_str name_space, stn_str key, stn_text_fn to, void *user) {
        return guarded(nullptr,
                       [&] { return of(self).get(view(name_space), view(key), to, user); });
      },
      [](void *self, stn_str name_space, stn_text_fn to, void *user) {
        return guarded(nullptr, [&] { return of(self).table(view(name_space), to, user); });
      }};
  if (id == STN_PROCESSOR_ID) return provide(out, processor, this);
  return id == STN_KV_ID && provide(out, kv, this);
}

}  // namespace

}  // namespace stn::namesrv_config

STN_PLUGIN(stn::namesrv_config::config_plugin);
