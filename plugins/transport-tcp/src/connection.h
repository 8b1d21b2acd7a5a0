// connection.h - one TCP connection and its state. Everything but the reference count and the fixed fields belongs to
// the connection's I/O thread.
//
// Lifetime: the I/O thread's share is held while the socket is open or a request of it is unanswered; others hold shares
// through conn_retain. The object is deleted with the last share, on whichever thread drops it.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "stanchion/ext/transport.h"
#include "write_queue.h"

namespace stn::transport_tcp {

class io_shard;

// Received bytes that do not make a whole frame yet.
struct partial_input {
  std::unique_ptr<char[]> data;
  size_t capacity = 0;
  size_t size = 0;
  size_t frame = 0;  // total size of a large frame that is read straight into data; 0 = none

  // Replaces the content. [io]
  void assign(const char *from, size_t n);
  // Makes room for a frame of `total` bytes behind what is there. [io]
  void expect(size_t total);
  void clear();
};

class connection {
 public:
  connection(io_shard *shard, int fd, uint64_t id, uint32_t scope);
  ~connection();

  static connection *of(stn_conn *c) { return reinterpret_cast<connection *>(c); }
  stn_conn *handle() { return reinterpret_cast<stn_conn *>(this); }
  stn_slice born_host() const { return {born_host_, born_host_len_}; }

  void retain() { refs_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  io_shard *const shard;
  const uint64_t id;
  const uint32_t scope;
  std::string peer;

  int fd;
  stn_watch *watch = nullptr;
  uint32_t want = 0;         // STN_FD_* asked for
  uint32_t outstanding = 0;  // requests not answered yet
  uint32_t calls = 0;        // our own requests that wait for an answer
  bool open = true;
  bool paused = false;   // not read, for back-pressure
  bool ended = false;    // not read any more: the server drains
  bool dirty = false;    // has output for the end of the turn
  bool closing = false;  // close once the output is gone
  size_t slot = 0;       // place in the shard's list
  uint64_t last_ns = 0;  // last traffic, monotonic
  partial_input in;
  write_queue out;

 private:
  void read_peer();

  std::atomic<uint32_t> refs_{1};
  char born_host_[20];
  size_t born_host_len_ = 0;
};

// "1.2.3.4:5" or "[::1]:5".
std::string address_text(const sockaddr_storage &a);

}  // namespace stn::transport_tcp
