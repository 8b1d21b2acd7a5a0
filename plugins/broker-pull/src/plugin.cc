// The plugin: its routes, its life, and which lane a request goes to.
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "context.h"
#include "lane.h"
#include "plugin_info.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/request.h"
#include "stanchion/sdk/plugin.h"

namespace stn::broker_pull {
namespace {

namespace code = protocol::request_code;

class broker_pull final : public plugin {
 public:
  status init() override {
    context_.services = host_;
    read_settings();
    if (status st = fetch(STN_EXEC_ID, &context_.exec); !st.ok()) return st;
    if (status st = fetch(STN_STORE_ID, &context_.store); !st.ok()) return st;
    if (status st = fetch(STN_TOPICS_ID, &context_.topics); !st.ok()) return st;
    if (status st = fetch(STN_GROUPS_ID, &context_.groups); !st.ok()) return st;
    if (status st = fetch(STN_OFFSETS_ID, &context_.offsets); !st.ok()) return st;
    auto filters = host_.all<stn_filter_api>(STN_FILTER_ID);
    if (!filters.ok()) return filters.error();
    if (status st = context_.filters.add_all(filters.value()); !st.ok()) return st;
    if (status st = context_.counts.add_all(host_); !st.ok()) return st;
    for (uint32_t i = 0; i < context_.exec->io_count(context_.exec.self); i++) {
      lanes_.push_back(std::make_unique<lane>(context_, context_.exec->io(context_.exec.self, i)));
    }
    stn_error err{};
    return status::from_abi(context_.store->watch(context_.store.self, on_arrivals, this, &err),
                            err);
  }

  status start() override {
    for (auto &l : lanes_) {
      if (status st = l->start(); !st.ok()) return st;
    }
    return {};
  }

  // Held pulls are answered: their consumers turn to another broker, or come back.
  status drain(uint64_t deadline_ns) override {
    context_.draining.store(true, std::memory_order_relaxed);
    for (auto &l : lanes_) {
      if (l->held() > 0) l->release_all();
    }
    return wait_idle(deadline_ns);
  }

  status stop() override {
    context_.draining.store(true, std::memory_order_relaxed);
    for (auto &l : lanes_) l->stop();
    for (auto &l : lanes_) {
      if (l->held() > 0) l->release_all();
    }
    return wait_idle(host_.mono_ns() + k_stop_wait_ns);
  }

  bool query(std::string_view id, stn_iface *out) override {
    return id == STN_PROCESSOR_ID && provide(out, k_table, this);
  }

 private:
  void read_settings() {
    context_.max_msgs = static_cast<uint32_t>(host_.cfg_i64("max_messages"));
    context_.max_bytes = static_cast<uint32_t>(host_.cfg_i64("max_bytes"));
    context_.hold_limit_ns = static_cast<uint64_t>(host_.cfg_i64("hold_limit"));
    context_.hold_max = static_cast<uint32_t>(host_.cfg_i64("hold_max"));
    context_.max_expressions = static_cast<size_t>(host_.cfg_i64("max_expressions"));
  }

  template <class Api>
  status fetch(const char *id, iface<Api> *out) {
    auto found = host_.get<Api>(id);
    if (!found.ok()) return found.error();
    *out = found.value();
    return {};
  }

  bool idle() const {
    if (context_.cold_reads.load(std::memory_order_acquire) != 0) return false;
    for (auto &l : lanes_) {
      if (l->held() != 0 || l->has_tasks()) return false;
    }
    return true;
  }
  status wait_idle(uint64_t deadline_ns) const {
    while (!idle()) {
      if (host_.mono_ns() >= deadline_ns) {
        return status(STN_E_TIMEOUT, "pulls are still under way");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
  }

  lane &lane_of(stn_exec *home) {
    size_t i = 0;
    while (i < lanes_.size() && lanes_[i]->home() != home) i++;
    STN_CHECK(i < lanes_.size());
    return *lanes_[i];
  }

  void on_conn(uint64_t conn_id, int32_t what) {
    if (what != STN_CONN_CLOSED) return;
    lane_of(context_.exec->current(context_.exec.self)).close_conn(conn_id);
  }

  static void on_arrivals(void *user, const stn_arrival *v, uint32_t n) {
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with lane::arrived_meanwhile
    for (auto &l : static_cast<broker_pull *>(user)->lanes_) l->arrived(v, n);
  }

  static stn_status routes(void *, const stn_route **v, uint32_t *n) {
    static constexpr stn_route k_routes[] = {
        {code::pull_message, STN_ROUTE_EXACT, "broker"},
        {code::lite_pull_message, STN_ROUTE_EXACT, "broker"},
    };
    *v = k_routes;
    *n = std::size(k_routes);
    return STN_OK;
  }

  static const stn_processor_api k_table;

  static constexpr uint64_t k_stop_wait_ns = 5'000'000'000;

  context context_;
  std::vector<std::unique_ptr<lane>> lanes_;
};

const stn_processor_api broker_pull::k_table = {
    {sizeof(stn_processor_api), STN_VER(1, 0)},
    routes,
    [](void *self, const stn_req_batch *b) {
      static_cast<broker_pull *>(self)->lane_of(b->home).handle(b);
    },
    [](void *self, stn_conn *, uint64_t conn_id, uint32_t, int32_t what) {
      static_cast<broker_pull *>(self)->on_conn(conn_id, what);
    }};

}  // namespace
}  // namespace stn::broker_pull

STN_PLUGIN(stn::broker_pull::broker_pull);
