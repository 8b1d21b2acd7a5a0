// identity.h - who this broker says it is: name, address that clients are told, the same address as stored in messages.
//
// The address is the advertised one; else the bound address of the listener if that is a specific one; else the local
// address of the route to the first name server; else 127.0.0.1. Resolving a host name blocks: [ctrl].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/ext/topics.h"
#include "stanchion/sdk/status.h"

namespace stn::broker_topics {

struct host_port {
  std::string host;  // without brackets
  std::string port;  // empty if the text had none
};
// "10.0.0.1:9876", "[::1]:9876", "broker-1", "::1".
host_port split_address(std::string_view text);  // [pure]
// With brackets around an IPv6 host.
std::string join_address(std::string_view host, std::string_view port);  // [pure]
// "a:1;b:2" as its parts, blanks and empty parts left out.
std::vector<std::string> split_list(std::string_view text);  // [pure]

// Address and port as messages carry them: 4 or 16 bytes, then the port as a big-endian int32.
result<std::string> encode_host(std::string_view host, std::string_view port);
// The local address that packets to `peer` ("host:port") leave from; nothing is sent.
result<std::string> local_address_towards(std::string_view peer);

class identity {
 public:
  struct options {
    std::string cluster;
    std::string broker;
    int64_t broker_id = 0;
    std::string advertise;
    std::string bound;    // "ip:port" of the listener
    std::string namesrv;  // the first name server, or empty
  };
  status resolve(const options &o);

  const stn_identity *get() const { return &view_; }
  const std::string &address() const { return address_; }
  // Where slaves would find the replication port of the original: one above ours.
  const std::string &ha_address() const { return ha_address_; }

 private:
  std::string cluster_;
  std::string broker_;
  std::string address_;
  std::string ha_address_;
  std::string store_host_;
  stn_identity view_{};
};

}  // namespace stn::broker_topics
