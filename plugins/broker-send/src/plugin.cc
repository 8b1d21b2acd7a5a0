// The plugin: its routes, its life, and which handler a request goes to.
#include <atomic>
#include <optional>

#include "context.h"
#include "plugin_info.h"
#include "send_back_handler.h"
#include "send_handler.h"
#include "send_reply.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/request.h"
#include "stanchion/sdk/plugin.h"

namespace stn::broker_send {
namespace {

namespace code = protocol::request_code;

class broker_send final : public plugin {
 public:
  status init() override {
    context_.services = host_;
    context_.max_message_size = static_cast<size_t>(host_.cfg_i64("max_message_size"));
    context_.region = std::string(host_.cfg_str("region"));
    context_.trace_on = host_.cfg_i64("trace_on") != 0 ? "true" : "false";
    if (status st = fetch(STN_EXEC_ID, &context_.exec); !st.ok()) return st;
    if (status st = fetch(STN_STORE_ID, &context_.store); !st.ok()) return st;
    if (status st = fetch(STN_TOPICS_ID, &context_.topics); !st.ok()) return st;
    if (status st = fetch(STN_GROUPS_ID, &context_.groups); !st.ok()) return st;
    auto hooks = host_.all<stn_put_hook_api>(STN_PUT_HOOK_ID);
    if (!hooks.ok()) return hooks.error();
    context_.hooks = std::move(hooks.value());
    return context_.counts.add_all(host_);
  }

  status start() override {
    context_.identity = context_.topics->identity(context_.topics.self);
    context_.cluster_entry = "\2CLUSTER\1" + std::string(view(context_.identity->cluster));
    send_.start();
    return {};
  }

  status drain(uint64_t deadline_ns) override {
    draining_.store(true, std::memory_order_relaxed);
    return wait_idle(deadline_ns);
  }

  status stop() override {
    draining_.store(true, std::memory_order_relaxed);
    return wait_idle(host_.mono_ns() + k_stop_wait_ns);
  }

  bool query(std::string_view id, stn_iface *out) override {
    return id == STN_PROCESSOR_ID && provide(out, k_table, this);
  }

 private:
  template <class Api>
  status fetch(const char *id, iface<Api> *out) {
    auto found = host_.get<Api>(id);
    if (!found.ok()) return found.error();
    *out = found.value();
    return {};
  }

  status wait_idle(uint64_t deadline_ns) {
    const bool idle =
        replies_.pending().wait_idle(deadline_ns) && send_back_.wait_idle(deadline_ns);
    return idle ? status() : status(STN_E_TIMEOUT, "the store has not completed all appends");
  }

  void handle(const stn_req_batch *b) {
    if (draining_.load(std::memory_order_relaxed)) {
      b->ops->reject_n(b->req, b->n, STN_E_CLOSED);
    } else if (b->view[0]->code == code::consumer_send_msg_back) {
      send_back_.handle(b);
    } else {
      send_.handle(b);
    }
  }

  static stn_status routes(void *, const stn_route **v, uint32_t *n) {
    static constexpr stn_route k_routes[] = {
        {code::send_message, 0, "broker"},
        {code::send_message_v2, 0, "broker"},
        {code::send_batch_message, 0, "broker"},
        {code::consumer_send_msg_back, STN_ROUTE_BLOCKING, "broker"},
    };
    *v = k_routes;
    *n = std::size(k_routes);
    return STN_OK;
  }

  static const stn_processor_api k_table;

  static constexpr uint64_t k_stop_wait_ns = 10'000'000'000;

  std::atomic<bool> draining_{false};
  context context_;
  send_replies replies_{context_};
  send_handler send_{context_, replies_};
  send_back_handler send_back_{context_};
};

const stn_processor_api broker_send::k_table = {
    {sizeof(stn_processor_api), STN_VER(1, 0)},
    routes,
    [](void *self, const stn_req_batch *b) { static_cast<broker_send *>(self)->handle(b); },
    nullptr};

}  // namespace
}  // namespace stn::broker_send

STN_PLUGIN(stn::broker_send::broker_send);
