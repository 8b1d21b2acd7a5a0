// route_table.h - brokers, their topics and their liveness: the writers' side of the name server.
//
// Changes are serialised by one mutex and end in a new snapshot; readers take the current snapshot and never wait for a
// change. A broker lives as long as the connection it registered on and no longer than `expire_after` without a sign.
// Times are monotonic nanoseconds given by the caller. All functions: [any]; those that change may take milliseconds for
// thousands of topics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "route_data.h"
#include "snapshot.h"

namespace stn::namesrv_routes {

// What a broker is told in return; both empty for a master.
struct registered {
  bool accepted = false;  // false: the connection has closed meanwhile
  bool first = false;     // the address was not known before
  std::string master_address;
  std::string ha_address;
};

struct version_check {
  bool changed = true;
  std::optional<data_version> known;
};

class route_table {
 public:
  snapshot_ptr current() const;

  // Connections that registrations may come from.
  void connection_opened(uint64_t conn_id);
  // Removes the brokers that registered on it; returns their addresses.
  std::vector<std::string> connection_closed(uint64_t conn_id);

  registered register_broker(const registration &r, uint64_t conn_id, uint64_t now_ns);
  void unregister_broker(const broker_ref &broker);
  // A sign of life without a registration. False: no such broker.
  bool touch(std::string_view address, uint64_t now_ns);
  // Compares with the version of the last registration and counts as a sign of life when equal.
  version_check check_version(std::string_view address, const data_version &v, uint64_t now_ns);
  // Removes brokers whose last sign is older than expire_after_ns; returns their addresses.
  std::vector<std::string> expire(uint64_t now_ns, uint64_t expire_after_ns);

  // Adds queues to a topic for brokers that are known; false, with nothing changed, if one is not.
  bool register_topic(std::string_view topic,
                      std::span<const std::pair<std::string, queue_data>> by_broker);
  // cluster empty: everywhere.
  void delete_topic(std::string_view topic, std::string_view cluster);
  // Gives every topic of the broker the permission f(old); returns how many topics that were.
  template <class F>
  int32_t change_permissions(std::string_view broker, F &&f) {
    std::lock_guard lock(write_mutex_);
    snapshot_ptr before = current();
    draft d(*before);
    int32_t n = 0;
    before->each_topic([&](const std::string &topic, const topic_entry &entry) {
      auto found = entry.queues().find(broker);
      if (found == entry.queues().end()) return;
      queue_data queues = found->second;
      queues.perm = f(queues.perm);
      d.set_queues(topic, broker, queues);
      n++;
    });
    publish(d);
    return n;
  }

 private:
  struct live_broker {
    uint64_t last_ns = 0;
    uint64_t conn_id = 0;
    data_version version;
    std::string ha_address;
  };

  void publish(draft &d);
  bool update_group(draft &d, const broker_ref &b);
  void remove_addresses(std::span<const std::string> addresses);
  void remove_address(draft &d, std::string_view address);
  void remove_group(draft &d, std::string_view name);
  void tell_master(const snapshot &s, const broker_ref &slave, registered *out) const;

  std::mutex write_mutex_;  // serialises changes; guards live_ and connections_
  std::map<std::string, live_broker, std::less<>> live_;  // by address
  std::unordered_set<uint64_t> connections_;

  mutable std::mutex read_mutex_;  // guards the pointer only; taken after write_mutex_
  snapshot_ptr current_ = std::make_shared<const snapshot>();
};

}  // namespace stn::namesrv_routes
