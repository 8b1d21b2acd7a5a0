#include "connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstring>

namespace stn::transport_tcp {

namespace {
constexpr size_t k_keep = 64 << 10;  // an input buffer above this is given back when it runs empty
}

void partial_input::assign(const char *from, size_t n) {
  if (n == 0) {
    size = 0;
    if (capacity > k_keep) clear();
    return;
  }
  if (n > capacity) {
    std::unique_ptr<char[]> grown(new char[n * 2]);
    std::memcpy(grown.get(), from, n);  // `from` may lie in the old buffer
    data = std::move(grown);
    capacity = n * 2;
  } else {
    std::memmove(data.get(), from, n);
  }
  size = n;
}

void partial_input::expect(size_t total) {
  frame = total;
  if (capacity >= total) return;
  std::unique_ptr<char[]> grown(new char[total]);
  if (size > 0) std::memcpy(grown.get(), data.get(), size);
  data = std::move(grown);
  capacity = total;
}

void partial_input::clear() { *this = partial_input(); }

connection::connection(io_shard *s, int socket, uint64_t conn_id, uint32_t scope_number)
    : shard(s), id(conn_id), scope(scope_number), fd(socket) {
  read_peer();
}

connection::~connection() {
  if (fd >= 0) ::close(fd);
}

void connection::read_peer() {
  sockaddr_storage a{};
  socklen_t len = sizeof(a);
  if (::getpeername(fd, reinterpret_cast<sockaddr *>(&a), &len) == 0) peer = address_text(a);
  uint32_t port = 0;
  if (a.ss_family == AF_INET6) {
    const auto &v6 = reinterpret_cast<const sockaddr_in6 &>(a);
    std::memcpy(born_host_, &v6.sin6_addr, 16);
    port = htonl(ntohs(v6.sin6_port));
    born_host_len_ = 16;
  } else {
    const auto &v4 = reinterpret_cast<const sockaddr_in &>(a);
    std::memcpy(born_host_, &v4.sin_addr, 4);
    port = htonl(ntohs(v4.sin_port));
    born_host_len_ = 4;
  }
  std::memcpy(born_host_ + born_host_len_, &port, sizeof(port));
  born_host_len_ += sizeof(port);
}

std::string address_text(const sockaddr_storage &a) {
  char text[INET6_ADDRSTRLEN] = "";
  if (a.ss_family == AF_INET6) {
    const auto &v6 = reinterpret_cast<const sockaddr_in6 &>(a);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
  }
  const auto &v4 = reinterpret_cast<const sockaddr_in &>(a);
  ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
  return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
}

}  // namespace stn::transport_tcp
