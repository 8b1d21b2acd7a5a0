#include "wake_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

namespace stn::schedule {

wake_signal::~wake_signal() {
  if (fd_ >= 0) ::close(fd_);
}

status wake_signal::open() {
  fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd_ < 0) return status(STN_E_IO, std::string("eventfd: ") + std::strerror(errno));
  return {};
}

void wake_signal::set() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the waiter is awake anyway.
  [[maybe_unused]] const ssize_t n = ::write(fd_, &one, sizeof(one));
}

void wake_signal::wait(int64_t timeout_ms) {
  pollfd p = {fd_, POLLIN, 0};
  const int64_t limit = std::numeric_limits<int>::max();
  const int timeout = timeout_ms < 0 ? -1 : static_cast<int>(std::min(timeout_ms, limit));
  if (::poll(&p, 1, timeout) <= 0) return;
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(fd_, &count, sizeof(count));
}

}  // namespace stn::schedule
