// stanchion/sdk/testing/hosted_plugin.h - a plugin driven through its real entry function and table.
//
//   stn::testing::hosted_plugin p(h);                       // entry + create
//   ASSERT_EQ(p.up(), STN_OK) << p.error();                 // init, start, serve
//   auto f = p.get<stn_filter_api>(STN_FILTER_ID);
//
// stop and destroy run in the destructor if they have not run before. Thread of the test only.
#pragma once

#include <string>

#include "stanchion/plugin.h"
#include "stanchion/sdk/host.h"
#include "stanchion/sdk/testing/fake_host.h"

extern "C" stn_status stn_plugin_v1(const stn_offer *offer, const stn_plugin **out, stn_error *err);

namespace stn::testing {

class hosted_plugin {
 public:
  explicit hosted_plugin(fake_host &h, stn_plugin_fn entry = stn_plugin_v1) {
    const stn_offer offer = {sizeof(stn_offer), STN_CORE_VERSION, STN_ABI_DRAFT, "0.0.0-test"};
    STN_CHECK(entry(&offer, &table_, &err_) == STN_OK);
    STN_CHECK(table_->create(h.raw(), &instance_, &err_) == STN_OK);
  }
  hosted_plugin(const hosted_plugin &) = delete;
  ~hosted_plugin() { down(); }

  stn_status init() { return table_->init(instance_, &err_); }
  stn_status start() {
    started_ = true;
    return table_->start(instance_, &err_);
  }
  stn_status serve() { return table_->serve != nullptr ? table_->serve(instance_, &err_) : STN_OK; }
  stn_status drain(uint64_t deadline_ns) {
    return table_->drain != nullptr ? table_->drain(instance_, deadline_ns, &err_) : STN_OK;
  }
  stn_status up() {
    stn_status st = init();
    if (st == STN_OK) st = start();
    return st == STN_OK ? serve() : st;
  }
  // stop (after a start, also a failed one) and destroy, as the kernel does it.
  void down() {
    if (instance_ == nullptr) return;
    if (started_) table_->stop(instance_, &err_);
    table_->destroy(instance_);
    instance_ = nullptr;
  }

  template <class Api>
  iface<Api> get(const char *id) {
    stn_iface raw{};
    if (table_->query(instance_, id, &raw) != STN_OK) return {};
    return {reinterpret_cast<const Api *>(raw.api), raw.self};
  }
  std::string error() const { return std::string(err_.msg, err_.msg_len); }
  const stn_plugin &table() const { return *table_; }

 private:
  const stn_plugin *table_ = nullptr;
  stn_instance *instance_ = nullptr;
  stn_error err_{};
  bool started_ = false;
};

}  // namespace stn::testing
