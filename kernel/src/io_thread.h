// io_thread.h - one I/O thread: an asio::io_context, its queue of posted tasks, its timers and watched descriptors.
//
// Asio stays behind this header and io_thread.cc. Every handler has storage of its own inside the object that it serves,
// so arming it again allocates nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base.h"
#include "exec.h"

namespace stn::kernel {

// Storage for the one operation that is under way at a time.
class handler_memory {
 public:
  void *allocate(size_t n) {
    STN_CHECK(!in_use_ && n <= sizeof(bytes_));
    in_use_ = true;
    return bytes_;
  }
  void deallocate() { in_use_ = false; }

 private:
  alignas(std::max_align_t) std::byte bytes_[256];
  bool in_use_ = false;
};

template <class T>
struct handler_allocator {
  using value_type = T;
  explicit handler_allocator(handler_memory *m) : memory(m) {}
  template <class U>
  handler_allocator(const handler_allocator<U> &other) : memory(other.memory) {}  // NOLINT
  T *allocate(size_t n) { return static_cast<T *>(memory->allocate(n * sizeof(T))); }
  void deallocate(T *, size_t) { memory->deallocate(); }
  template <class U>
  bool operator==(const handler_allocator<U> &other) const {
    return memory == other.memory;
  }
  handler_memory *memory;
};

class io_thread {
 public:
  explicit io_thread(uint32_t index);
  io_thread(const io_thread &) = delete;
  ~io_thread();  // runs what was posted, then joins

  executor *handle() { return &handle_; }
  void post(const stn_task *v, uint32_t n);  // [any]
  // Runs f on this thread and waits for it; at once if this is the thread.
  void run_here(const std::function<void()> &f);
  bool is_current() const;
  static io_thread *current();
  boost::asio::io_context &context() { return context_; }

 private:
  struct drain_handler;
  void run() noexcept;
  void drain();

  boost::asio::io_context context_;
  executor handle_;
  std::mutex mutex_;  // guards pending_ and whether a wake-up is under way
  std::vector<stn_task> pending_;
  std::vector<stn_task> running_;
  handler_memory drain_memory_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace stn::kernel

// A timer of "stn.host.exec/1". Lives until it is cancelled and its last handler has come back. Thread of its executor.
struct stn_timer {
  stn_timer(stn::kernel::io_thread *x, uint64_t period, stn_task t)
      : owner(x), timer(x->context()), period_ns(period), task(t) {}
  void arm();
  void fired(bool aborted);
  void release();

  using clock_timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  stn::kernel::io_thread *owner;
  clock_timer timer;
  uint64_t period_ns;
  stn_task task;
  stn::kernel::handler_memory memory;
  bool armed = false;  // a handler is outstanding
  bool cancelled = false;
};

// A watched descriptor. Lives until it is unwatched and its last handler has come back. Thread of its executor.
struct stn_watch {
  stn_watch(stn::kernel::io_thread *x, stn_fd_fn f, void *u)
      : owner(x), descriptor(x->context()), fn(f), user(u) {}
  void arm();
  void ready(uint32_t what, bool failed);
  void close();

  struct direction {
    stn::kernel::handler_memory memory;
    bool armed = false;
  };
  stn::kernel::io_thread *owner;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor;
  stn_fd_fn fn;
  void *user;
  uint32_t want = 0;
  direction read;
  direction write;
  bool closed = false;
  bool in_callback = false;
};
