#include "identity.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include "stanchion/protocol/bytes.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_topics {

namespace {

using addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

result<addresses> look_up(const std::string &host, const std::string &port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo *found = nullptr;
  const int failure = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (failure != 0) return status(STN_E_NOT_FOUND, host + ": " + gai_strerror(failure));
  return addresses(found, freeaddrinfo);
}

bool is_any(std::string_view host) { return host.empty() || host == "0.0.0.0" || host == "::"; }

std::string text_of(const sockaddr *a, socklen_t len) {
  char host[NI_MAXHOST] = "";
  getnameinfo(a, len, host, sizeof(host), nullptr, 0, NI_NUMERICHOST);
  return host;
}

struct socket_closer {
  int fd;
  ~socket_closer() { ::close(fd); }
};

std::string choose_host(const identity::options &o, const host_port &bound) {
  if (!is_any(bound.host)) return bound.host;
  if (!o.namesrv.empty()) {
    result<std::string> local = local_address_towards(o.namesrv);
    if (local.ok()) return local.value();
  }
  return "127.0.0.1";
}

}  // namespace

host_port split_address(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return {std::string(text), {}};
    const std::string_view rest = text.substr(close + 1);
    return {std::string(text.substr(1, close - 1)),
            std::string(rest.starts_with(':') ? rest.substr(1) : "")};
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find(':') != colon) return {std::string(text), {}};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::string join_address(std::string_view host, std::string_view port) {
  std::string out(host);
  if (host.find(':') != std::string_view::npos) out = '[' + out + ']';
  out += ':';
  out += port;
  return out;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = text.find_first_of(";, \t");
    if (end != 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

result<std::string> encode_host(std::string_view host, std::string_view port) {
  result<addresses> found = look_up(std::string(host), std::string(port));
  if (!found.ok()) return found.error();
  // IPv4 first: every client reads 8-byte hosts, some read nothing else.
  const addrinfo *best = found.value().get();
  for (const addrinfo *a = best; a != nullptr; a = a->ai_next) {
    if (a->ai_family == AF_INET) {
      best = a;
      break;
    }
  }
  std::string out;
  uint16_t port_number = 0;
  if (best->ai_family == AF_INET) {
    const auto *v4 = reinterpret_cast<const sockaddr_in *>(best->ai_addr);
    out.assign(reinterpret_cast<const char *>(&v4->sin_addr), sizeof(v4->sin_addr));
    port_number = ntohs(v4->sin_port);
  } else {
    const auto *v6 = reinterpret_cast<const sockaddr_in6 *>(best->ai_addr);
    out.assign(reinterpret_cast<const char *>(&v6->sin6_addr), sizeof(v6->sin6_addr));
    port_number = ntohs(v6->sin6_port);
  }
  char port_bytes[4];
  protocol::store_u32(port_bytes, port_number);
  out.append(port_bytes, sizeof(port_bytes));
  return out;
}

result<std::string> local_address_towards(std::string_view peer) {
  const host_port to = split_address(peer);
  result<addresses> found = look_up(to.host, to.port);
  if (!found.ok()) return found.error();
  const addrinfo *a = found.value().get();
  const socket_closer s{::socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_storage local{};
  socklen_t len = sizeof(local);
  if (s.fd < 0 || ::connect(s.fd, a->ai_addr, a->ai_addrlen) != 0 ||
      ::getsockname(s.fd, reinterpret_cast<sockaddr *>(&local), &len) != 0) {
    return status(STN_E_IO, "no route to " + std::string(peer));
  }
  std::string host = text_of(reinterpret_cast<const sockaddr *>(&local), len);
  if (is_any(host)) return status(STN_E_NOT_FOUND, "no local address towards " + std::string(peer));
  return host;
}

status identity::resolve(const options &o) {
  const host_port bound = split_address(o.bound);
  const host_port advertised = split_address(o.advertise);
  const std::string host = !advertised.host.empty() ? advertised.host : choose_host(o, bound);
  const std::string port = !advertised.port.empty() ? advertised.port : bound.port;
  int32_t port_number = 0;
  if (!protocol::parse_int(port, &port_number) || port_number < 1 || port_number > 65535) {
    return {STN_E_INVALID, "not a port: \"" + port + "\""};
  }
  result<std::string> stored = encode_host(host, port);
  if (!stored.ok())
    return {STN_E_INVALID, "advertised address cannot be resolved: " + stored.error().message()};

  cluster_ = o.cluster;
  broker_ = o.broker;
  address_ = join_address(host, port);
  ha_address_ = join_address(host, std::to_string(port_number + 1));
  store_host_ = std::move(stored.value());
  view_.size = sizeof(view_);
  view_.broker_id = o.broker_id;
  view_.cluster = str(cluster_);
  view_.broker = str(broker_);
  view_.address = str(address_);
  view_.store_host = slice(store_host_);
  return {};
}

}  // namespace stn::broker_topics
