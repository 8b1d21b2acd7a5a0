// background.h - a thread of the store: named, with signals blocked, joined before the store stops. [ctrl]
#pragma once

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace stn::store_mmap {

template <class F>
std::thread start_thread(const char *name, F f) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread t(std::move(f));
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
