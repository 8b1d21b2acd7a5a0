#include "io_thread.h"

#include <boost/asio/post.hpp>
#include <condition_variable>

namespace stn::kernel {
namespace {
thread_local io_thread *t_current = nullptr;
constexpr size_t k_tasks_reserved = 1024;  // posts that fit without an allocation
}  // namespace

struct io_thread::drain_handler {
  using allocator_type = handler_allocator<char>;
  io_thread *owner;
  allocator_type get_allocator() const { return allocator_type(&owner->drain_memory_); }
  void operator()() const { owner->drain(); }
};

io_thread::io_thread(uint32_t index) : context_(1), work_(boost::asio::make_work_guard(context_)) {
  handle_.io = this;
  pending_.reserve(k_tasks_reserved);
  running_.reserve(k_tasks_reserved);
  thread_ = start_thread("stn-io-" + std::to_string(index), [this] { run(); });
}

// Stops behind everything that was posted, also if a plugin left a timer or a descriptor behind.
io_thread::~io_thread() {
  const stn_task stop = {[](void *user) { static_cast<io_thread *>(user)->context_.stop(); }, this};
  post(&stop, 1);
  thread_.join();
}

void io_thread::run() noexcept {
  t_current = this;
  context_.run();
}

io_thread *io_thread::current() { return t_current; }
bool io_thread::is_current() const { return t_current == this; }

// A wake-up is under way exactly while pending_ is not empty, so there is never more than one drain handler.
void io_thread::post(const stn_task *v, uint32_t n) {
  if (n == 0) return;
  std::lock_guard lock(mutex_);
  const bool wake = pending_.empty();
  pending_.insert(pending_.end(), v, v + n);
  if (wake) boost::asio::post(context_, drain_handler{this});
}

void io_thread::drain() {
  {
    std::lock_guard lock(mutex_);
    running_.swap(pending_);
  }
  for (const stn_task &t : running_) t.fn(t.user);
  running_.clear();
}

void io_thread::run_here(const std::function<void()> &f) {
  if (is_current()) {
    f();
    return;
  }
  struct call {
    const std::function<void()> *f;
    std::mutex mutex;
    std::condition_variable done;
    bool finished = false;
  } c{&f, {}, {}, false};
  const stn_task t = {[](void *user) {
                        auto *me = static_cast<call *>(user);
                        (*me->f)();
                        std::lock_guard lock(me->mutex);
                        me->finished = true;
                        me->done.notify_one();
                      },
                      &c};
  post(&t, 1);
  std::unique_lock lock(c.mutex);
  c.done.wait(lock, [&c] { return c.finished; });
}

namespace {

struct timer_handler {
  stn_timer *timer;
  using allocator_type = handler_allocator<char>;
  allocator_type get_allocator() const { return allocator_type(&timer->memory); }
  void operator()(const boost::system::error_code &ec) const { timer->fired(bool(ec)); }
};

struct watch_handler {
  stn_watch *watch;
  uint32_t what;
  using allocator_type = handler_allocator<char>;
  allocator_type get_allocator() const {
    return allocator_type(what == STN_FD_READ ? &watch->read.memory : &watch->write.memory);
  }
  void operator()(const boost::system::error_code &ec) const { watch->ready(what, bool(ec)); }
};

}  // namespace
}  // namespace stn::kernel

// ---------------------------------------------------------------- timers

void stn_timer::arm() {
  armed = true;
  timer.async_wait(stn::kernel::timer_handler{this});
}

void stn_timer::fired(bool aborted) {
  armed = false;
  if (cancelled) {
    delete this;
    return;
  }
  if (aborted) return;
  if (period_ns != 0) {
    // Late runs are not made up for: a timer that fell behind goes on from now.
    const auto period = std::chrono::nanoseconds(period_ns);
    const auto next = timer.expiry() + period;
    const auto now = std::chrono::steady_clock::now();
    timer.expires_at(next > now ? next : now + period);
    arm();
  }
  const stn_task t = task;
  t.fn(t.user);
}

void stn_timer::release() {
  cancelled = true;
  if (armed) {
    timer.cancel();
  } else {
    delete this;
  }
}

// ---------------------------------------------------------------- descriptors

void stn_watch::arm() {
  namespace pd = boost::asio::posix;
  if ((want & STN_FD_READ) != 0 && !read.armed) {
    read.armed = true;
    descriptor.async_wait(pd::descriptor_base::wait_read,
                          stn::kernel::watch_handler{this, STN_FD_READ});
  }
  if ((want & STN_FD_WRITE) != 0 && !write.armed) {
    write.armed = true;
    descriptor.async_wait(pd::descriptor_base::wait_write,
                          stn::kernel::watch_handler{this, STN_FD_WRITE});
  }
}

// A wait that ended after its wish was withdrawn is dropped: Asio asks the system again when it is armed again.
void stn_watch::ready(uint32_t what, bool failed) {
  (what == STN_FD_READ ? read : write).armed = false;
  if (closed) {
    if (!read.armed && !write.armed) delete this;
    return;
  }
  if ((want & what) == 0) return;
  (void)failed;  // the callback finds out what is wrong when it uses the descriptor
  in_callback = true;
  fn(user, what);
  in_callback = false;
  if (closed) {
    if (!read.armed && !write.armed) delete this;
    return;
  }
  arm();
}

void stn_watch::close() {
  closed = true;
  descriptor.release();
  if (!in_callback && !read.armed && !write.armed) delete this;
}
