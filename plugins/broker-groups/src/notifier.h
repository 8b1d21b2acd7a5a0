// notifier: tells the members of a group that its members or subscriptions have changed (40). Thread: [any].
#pragma once

#include <string_view>
#include <vector>

#include "connection.h"
#include "stanchion/ext/transport.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_groups {

class notifier {
 public:
  // enabled = false: tells nobody.
  notifier(iface<stn_transport_api> transport, bool enabled, iface<stn_metrics_api> metrics,
           stn_metric *sent)
      : transport_(transport), enabled_(enabled), metrics_(metrics), sent_(sent) {}

  // One-way to each member; those that are gone are passed over.
  void members_changed(std::string_view group, const std::vector<connection> &members) const;

 private:
  iface<stn_transport_api> transport_;
  bool enabled_;
  iface<stn_metrics_api> metrics_;
  stn_metric *sent_;
};

}  // namespace stn::broker_groups
