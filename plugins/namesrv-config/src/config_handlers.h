// config_handlers.h - requests for settings: 100, 101, 102, 219 by namespace and key; 318, 319 of the name server itself.
//
// Each function turns one request into an answer. [worker] for 100 and 102 (disk), [io] for the others.
#pragma once

#include <functional>
#include <string>

#include "kv_store.h"
#include "properties_text.h"
#include "stanchion/request.h"
#include "stanchion/sdk/answer.h"
#include "stanchion/sdk/host.h"

namespace stn::namesrv_config {

struct config_handlers {
  kv_store &store;
  host log;
  std::function<status()> save;  // kvConfig.json is on disk when it returns OK
  properties own;                // the name server's settings as the original calls them

  answer put(const stn_req_view &q) const;
  answer get(const stn_req_view &q) const;
  answer remove(const stn_req_view &q) const;
  answer list(const stn_req_view &q) const;
  answer update_own(const stn_req_view &q) const;
  answer own_settings(const stn_req_view &q) const;
};

}  // namespace stn::namesrv_config
