// registrar.h - tells every name server what this broker has: at start, at each change, at every interval, and good-bye.
//
// One connection per name server, one request under way on each. A name server that has the full table of this connection
// gets only what changed since; every interval it gets everything. One that does not answer is tried again at the retry
// interval for ever; that is logged once until it answers. Bodies are encoded on `blocking`.
//
// change(), connection_closed(), when_registered(): [any]. start(), leave(), stop(): [ctrl].
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/ext/transport.h"
#include "stanchion/protocol/bodies/topic_config.h"
#include "stanchion/sdk/host.h"
#include "topic_table.h"

namespace stn::broker_topics {

class registrar {
 public:
  struct options {
    std::vector<std::string> namesrv;  // "host:port"
    uint64_t interval_ns = 0;
    uint64_t retry_ns = 0;
    uint64_t timeout_ns = 0;
    std::string cluster;
    std::string broker;
    int64_t broker_id = 0;
    std::string address;
    std::string ha_address;
    std::function<topic_changes(uint64_t since)> topics;
    std::function<uint64_t()> generation;
    // The answer's key-value table (order topics); of the first name server that is up, so that two do not fight.
    std::function<void(std::string_view body)> order_conf;
  };

  registrar(const host &h, iface<stn_exec_api> exec, iface<stn_transport_api> transport, options o);
  ~registrar();
  registrar(const registrar &) = delete;

  // Starts the clock and the first registration; waits until every name server has answered or failed once, at most
  // wait_ns. Returns how many have registered us.
  result<size_t> start(uint64_t wait_ns);
  // Topics have changed: register soon.
  void change();
  // A connection has closed; if it is one of ours, a new one is made at once.
  void connection_closed(const stn_conn *c);
  // Calls `then` once every name server that is up knows generation `generation`, or the timeout has passed.
  void when_registered(uint64_t generation, std::function<void()> then);
  // Says good-bye to every name server that knows us; waits for their answers until deadline_ns (monotonic).
  void leave(uint64_t deadline_ns);
  // Closes connections and waits for what is under way. Idempotent.
  void stop();

 private:
  enum class doing { nothing, connecting, registering, leaving };
  struct peer {
    std::string address;
    stn_conn *conn = nullptr;
    doing now = doing::nothing;
    bool up = false;            // the last attempt succeeded
    bool tried = false;         // at least one attempt has ended
    bool complained = false;    // its failure is in the log
    bool broken = false;        // its connection has closed
    bool full = false;          // the request under way carries everything
    uint64_t sent = 0;          // generation of the request under way
    uint64_t acked = 0;         // generation known over there; 0 = nothing on this connection
    uint64_t full_due_ns = 0;   // when everything is to be sent again
    uint64_t retry_due_ns = 0;  // not before this
  };
  struct waiter {
    uint64_t generation;
    uint64_t deadline_ns;
    std::function<void()> then;
  };

  void tick();
  void request_pump();
  void pump();
  void drop_broken();
  bool is_due(const peer &p, uint64_t now_ns) const;
  void connect(peer &p);
  void send_registration(peer &p);
  void send_good_bye(peer &p);
  void completed(peer &p, const stn_cqe &e);
  void not_accepted(peer &p, stn_status why);
  void connected(peer &p, const stn_cqe &e);
  void registered(peer &p, const stn_cqe &e);
  void failed(peer &p, stn_status why, std::string_view remark);
  void close(peer &p);
  bool is_first_up(const peer &p) const;
  bool all_have(uint64_t generation) const;
  void settle();

  const host log_;
  const iface<stn_exec_api> exec_;
  const iface<stn_transport_api> transport_;
  const options options_;
  const stn_sink sink_;
  stn_timer *timer_ = nullptr;

  struct pump_task;
  std::shared_ptr<pump_task> pump_task_;

  std::mutex mutex_;  // guards what follows; not held while calling the transport or a callback
  std::condition_variable settled_;
  std::vector<std::unique_ptr<peer>> peers_;
  std::vector<waiter> waiters_;
  std::string order_body_;
  bool have_order_body_ = false;
  bool pump_queued_ = false;
  bool stopping_ = false;
};

}  // namespace stn::broker_topics
