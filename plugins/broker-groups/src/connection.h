// connection: a share of a peer's connection handle. The socket may be closed while shares are held. Thread: [any].
#pragma once

#include <utility>

#include "stanchion/ext/transport.h"

namespace stn::broker_groups {

class connection {
 public:
  connection() = default;
  connection(const stn_transport_api *transport, stn_conn *handle)
      : transport_(transport), handle_(handle) {
    if (handle_ != nullptr) transport_->conn_retain(handle_);
  }
  connection(const connection &other) : connection(other.transport_, other.handle_) {}
  connection(connection &&other) noexcept
      : transport_(other.transport_), handle_(std::exchange(other.handle_, nullptr)) {}
  connection &operator=(connection other) noexcept {
    std::swap(transport_, other.transport_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~connection() {
    if (handle_ != nullptr) transport_->conn_release(handle_);
  }

  stn_conn *handle() const { return handle_; }
  void close() const { transport_->conn_close(handle_); }

 private:
  const stn_transport_api *transport_ = nullptr;
  stn_conn *handle_ = nullptr;
};

}  // namespace stn::broker_groups
