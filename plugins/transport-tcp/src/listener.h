// listener.h - a bound, listening socket. Accepted connections go to the I/O thread that has the fewest.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io_shard.h"

namespace stn::transport_tcp {

class listener {
 public:
  listener(shared_state *shared, const listener_settings &settings,
           std::vector<std::unique_ptr<io_shard>> *shards)
      : shared_(shared), settings_(settings), shards_(shards) {}
  ~listener();

  // Binds and listens; connections queue up in the operating system until open(). [ctrl]
  status bind();
  status open();  // [ctrl] accepts on the first I/O thread
  void shut();    // [ctrl] accepts no more

  const std::string &name() const { return settings_.name; }
  const std::string &scope() const { return settings_.scope; }
  const std::string &address() const { return bound_; }  // real port; valid after bind

 private:
  static void on_ready(void *user, uint32_t ready);
  void accept_some();
  void place(int fd);

  shared_state *shared_;
  listener_settings settings_;
  std::vector<std::unique_ptr<io_shard>> *shards_;
  std::string bound_;
  uint32_t scope_number_ = 0;
  int fd_ = -1;
  stn_watch *watch_ = nullptr;
  uint64_t accept_failures_ = 0;
};

// Parses "1.2.3.4:5", "[::1]:5" or ":5" without asking a name service.
bool parse_address(std::string_view text, sockaddr_storage *out, socklen_t *len);

// Runs f on an I/O executor and waits for it. Not from an I/O thread. [ctrl]
void run_on(const iface<stn_exec_api> &exec, stn_exec *x, const std::function<void()> &f);

}  // namespace stn::transport_tcp
