// background.h - a thread of the store: named, with signals blocked, joined before the store stops. [ctrl]
//
// Work in the background must not come between an I/O thread and its CPU: its threads never displace a running one when
// they wake up, and a waking I/O thread displaces them at once. Their share of the CPU stays what it was, so a lock that
// they hold is not held for longer.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <thread>

namespace stn::store_mmap {

enum class urgency { background, waited_for };

// Best effort: kernels before 6.12 do not know of slices.
inline void step_back() {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
  } attr{48, SCHED_BATCH, 0, 0, 0, 10'000'000, 0, 0};
  static_assert(sizeof(attr) == 48);
  (void)::syscall(SYS_sched_setattr, 0, &attr, 0);
}

template <class F>
std::thread start_thread(const char *name, F f, urgency u = urgency::background) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread t([f = std::move(f), u] {
    if (u == urgency::background) step_back();
    f();
  });
  pthread_setname_np(t.native_handle(), name);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return t;
}

inline uint64_t mono_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}
inline uint64_t mono_ms() { return mono_ns() / 1000000; }

}  // namespace stn::store_mmap
