// wake_signal: lets any thread end the wait of one.
//
// An eventfd rather than a condition variable: setting it takes no lock, so that a storage thread may do it. Signals
// that come while nobody waits end the next wait at once.
#pragma once

#include <cstdint>

#include "stanchion/sdk/status.h"

namespace stn::schedule {

class wake_signal {
 public:
  wake_signal() = default;
  wake_signal(const wake_signal &) = delete;
  ~wake_signal();

  // STN_E_IO: the system is out of descriptors. [ctrl]
  status open();
  void set();  // [any]
  // Until set() or for timeout_ms; < 0 waits without limit. The waiting thread only.
  void wait(int64_t timeout_ms);

 private:
  int fd_ = -1;
};

}  // namespace stn::schedule
