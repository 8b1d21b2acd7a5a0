// router.h - "stn.host.router/1": from a batch of requests to the processor of each run of equal code and scope.
//
// Set-up (scope, add_processor, open, close, detach) is [ctrl]; dispatch and conn_event are [io] and take no lock: they
// read tables that are complete before they are published.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exec.h"
#include "metrics.h"
#include "stanchion/request.h"

namespace stn::kernel {

class router {
 public:
  static constexpr uint32_t k_scopes_max = 64;

  explicit router(metrics *m);
  router(const router &) = delete;
  ~router();

  stn_iface iface();
  void set_blocking(stn_exec *blocking) { blocking_ = blocking; }

  // Takes over the routes of a processor. False and a sentence if a route is taken (E107) or invalid.
  bool add_processor(const std::string &owner, stn_iface processor, std::string *why);
  // From now on requests are served; before and after close() they are refused with STN_E_CLOSED.
  void open();
  void close();
  // Nothing of this processor is called any more once the executors have settled after this.
  void detach(const std::string &owner);

  stn_status scope(stn_str name, uint32_t *out);
  void dispatch(const stn_req_batch *b);
  void conn_event(stn_conn *c, uint64_t conn_id, uint32_t scope, int32_t what);

 private:
  struct processor {
    std::string owner;
    const stn_processor_api *api;
    void *self;
    std::atomic<bool> attached{true};
  };
  struct route {
    int32_t code;
    uint32_t flags;
    std::string scope;
    processor *to;
  };
  struct entry {
    int32_t code = 0;
    uint32_t flags = 0;
    processor *to = nullptr;  // NULL = free
    stn_metric *requests = nullptr;
  };
  // Open addressing over a power of two; immutable once published.
  struct table {
    std::vector<entry> slots;
    const entry *find(int32_t code) const;
    void insert(const entry &e);
  };
  struct blocked_request;
  struct unknown_codes;

  const table *build(const std::string &scope);
  const route *best_route(const std::string &scope, int32_t code) const;
  void publish(uint32_t number);
  void route_run(const stn_req_batch *b, uint32_t from, uint32_t n);
  void hand_over(const stn_req_batch *run, const entry *e);
  void to_blocking(const stn_req_batch *run, processor *to);
  void unknown(const stn_req_batch *run);

  metrics *metrics_;
  stn_exec *blocking_ = nullptr;
  std::atomic<bool> open_{false};
  std::vector<std::unique_ptr<processor>> processors_;
  std::vector<route> routes_;
  std::vector<std::string> scopes_;             // number - 1
  std::vector<std::unique_ptr<table>> tables_;  // also replaced ones: a reader may still be in them
  std::atomic<const table *> by_scope_[k_scopes_max + 1] = {};
  std::unique_ptr<unknown_codes> unknown_;
  stn_metric *unsupported_;
  stn_metric *busy_;
  stn_metric *closed_;
};

}  // namespace stn::kernel
