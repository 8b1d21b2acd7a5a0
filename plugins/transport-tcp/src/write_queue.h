// write_queue.h - what one connection still has to send, in order: encoded bytes of our own and slices of others.
//
// Own bytes are collected in one buffer so that many small answers leave as one piece; slices are sent from where they
// lie and their owner's share is released once the socket has taken them. Lives on the connection's thread.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stanchion/abi.h"

namespace stn::transport_tcp {

class write_queue {
 public:
  write_queue() = default;
  ~write_queue() { clear(); }
  write_queue(const write_queue &) = delete;
  write_queue &operator=(const write_queue &) = delete;

  size_t pending() const { return pending_; }
  bool empty() const { return pending_ == 0; }

  // Room for at most n bytes, to be followed by commit() of the bytes really written there.
  char *reserve(size_t n);
  void commit(size_t n);
  // Queues a slice that stays valid until its owner is released; one share of the owner moves into the queue.
  void push(const stn_bslice &s);

  // Fills up to cap entries from the head. Returns how many.
  int gather(struct iovec *out, int cap) const;
  // The socket took n bytes: forget them and release owners whose slices are done.
  void consume(size_t n);
  // Drops everything, releasing owners.
  void clear();

 private:
  struct segment {
    const char *data;  // NULL: own bytes at `offset`
    size_t offset;
    size_t len;
    stn_owner *owner;
  };
  void release(stn_owner *owner, uint32_t n);
  void compact();

  std::vector<char> own_;
  size_t own_end_ = 0;
  std::vector<segment> segments_;
  size_t head_ = 0;     // first segment not fully sent
  size_t pending_ = 0;  // bytes
};

}  // namespace stn::transport_tcp
