#include "notifier.h"

#include "stanchion/protocol/codes.h"

namespace stn::broker_groups {

void notifier::members_changed(std::string_view group,
                               const std::vector<connection> &members) const {
  if (!enabled_ || members.empty()) return;
  std::vector<stn_conn *> handles;
  handles.reserve(members.size());
  for (const connection &c : members) handles.push_back(c.handle());
  const stn_kv field = {str("consumerGroup"), str(group)};
  stn_call call{};
  call.size = sizeof(call);
  call.code = protocol::request_code::notify_consumer_ids_changed;
  call.fields = &field;
  call.n_fields = 1;
  transport_->push(handles.data(), static_cast<uint32_t>(handles.size()), &call);
  metrics_->inc(sent_, static_cast<int64_t>(handles.size()));
}

}  // namespace stn::broker_groups
