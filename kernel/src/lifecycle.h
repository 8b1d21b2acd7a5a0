// lifecycle.h - the plugins of one process from create to destroy. [ctrl]
//
// Providers come before those who need them, stop and destroy go the other way. Errors go to the diagnostics: E107,
// E204, E207, E210 while nothing has started, E301 from create on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "diagnostics.h"
#include "host.h"
#include "plan.h"
#include "router.h"

namespace stn::kernel {

class lifecycle {
 public:
  lifecycle(const plan &p, registry *shared, router *r, executors *x);
  lifecycle(const lifecycle &) = delete;
  // Stops and destroys what is still there.
  ~lifecycle();

  // Loads all, creates all, registers what they provide, initialises all, collects the routes. Nothing runs yet.
  bool prepare(diagnostics *d);
  // start of each plugin, then the router opens, then serve of each. On failure what has started is stopped.
  bool start(diagnostics *d);
  // Refuses new work, lets plugins finish until the deadline, stops them.
  void stop(uint64_t deadline_ns);

  // Exit code for the errors of start: 78 where the plugin's status says that the configuration is to blame.
  int failure_exit() const { return failure_exit_; }
  size_t count() const { return hosted_.size(); }

 private:
  enum class stage : uint8_t { loaded, created, initialised, started, stopped };
  struct hosted {
    const planned_plugin *plan;
    std::unique_ptr<plugin_host> host;
    const stn_plugin *table = nullptr;
    stn_instance *instance = nullptr;
    stage at = stage::loaded;
  };

  bool load(diagnostics *d);
  bool create(hosted *p, diagnostics *d);
  bool publish(const hosted &p, diagnostics *d);
  bool collect_routes(diagnostics *d);
  bool failed(const hosted &p, const char *step, stn_status st, const stn_error &err,
              diagnostics *d);
  void stop_one(hosted *p, uint64_t deadline_ns);

  registry *shared_;
  router *router_;
  executors *exec_;
  std::vector<hosted> hosted_;  // in start order
  bool serving_ = false;
  int failure_exit_ = 78;
};

}  // namespace stn::kernel
