#include "exec.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "blocking_pool.h"
#include "io_thread.h"

namespace stn::kernel {
namespace {

executor *of(stn_exec *x) { return reinterpret_cast<executor *>(x); }
stn_exec *handle(executor *x) { return reinterpret_cast<stn_exec *>(x); }
executors *me(void *self) { return static_cast<executors *>(self); }

stn_status make_timer(stn_exec *x, uint64_t first_ns, uint64_t period_ns, stn_task t,
                      stn_timer **out) {
  io_thread *io = of(x)->io;
  if (io == nullptr || t.fn == nullptr) return STN_E_INVALID;
  io->run_here([&] {
    auto *timer = new stn_timer(io, period_ns, t);
    timer->timer.expires_after(std::chrono::nanoseconds(first_ns));
    timer->arm();
    *out = timer;
  });
  return STN_OK;
}

// Tasks of a thread run one after another, so the cancel that waits its turn also waits for a run under way.
void cancel_timer(stn_timer *t) {
  t->owner->run_here([t] { t->release(); });
}

stn_status make_watch(stn_exec *x, int32_t fd, uint32_t want, stn_fd_fn fn, void *user,
                      stn_watch **out, stn_error *err) {
  io_thread *io = of(x)->io;
  if (io == nullptr || !io->is_current()) {
    return stn_error_set(err, STN_E_INVALID, "watch_fd: not on the thread of that I/O executor");
  }
  auto *w = new stn_watch(io, fn, user);
  boost::system::error_code ec;
  w->descriptor.assign(fd, ec);
  if (ec) {
    const std::string text = "watch_fd: " + ec.message();
    delete w;
    return stn_error_set(err, STN_E_IO, text.c_str());
  }
  w->want = want;
  w->arm();
  *out = w;
  return STN_OK;
}

void want_watch(stn_watch *w, uint32_t want) {
  w->want = want;
  if (!w->in_callback) w->arm();
}

}  // namespace

uint64_t mono_ns() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

std::thread start_thread(const std::string &name, std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread t(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(t.native_handle(), name.substr(0, 15).c_str());
  return t;
}

executors::executors(const options &o) {
  uint32_t n = o.io_threads;
  if (n == 0) n = std::max(1u, std::thread::hardware_concurrency());
  for (uint32_t i = 0; i < n; i++) io_.push_back(std::make_unique<io_thread>(i));
  pool_ = std::make_unique<blocking_pool>(o.blocking_threads, o.blocking_queue);
}

executors::~executors() {
  for (auto &[id, t] : threads_) t.join();
  pool_.reset();
  io_.clear();
}

stn_exec *executors::io(uint32_t i) { return handle(io_.at(i)->handle()); }
stn_exec *executors::blocking() { return handle(pool_->handle()); }

stn_status executors::post(stn_exec *x, const stn_task *v, uint32_t n) {
  if (of(x)->pool != nullptr) return of(x)->pool->post(v, n);
  of(x)->io->post(v, n);
  return STN_OK;
}

stn_exec *executors::current() {
  io_thread *io = io_thread::current();
  return io == nullptr ? nullptr : handle(io->handle());
}

bool executors::settle(uint64_t deadline_ns) {
  const auto pass = [this] {
    for (auto &io : io_) io->run_here([] {});
  };
  pass();
  const bool idle = pool_->wait_idle(deadline_ns);
  pass();
  return idle;
}

stn_status executors::thread_start(stn_str name, stn_task t, uint64_t *id, stn_error *err) {
  if (t.fn == nullptr) return stn_error_set(err, STN_E_INVALID, "thread_start: no function");
  const std::string text = name.len > 0 ? std::string(view(name)) : "stn-plugin";
  *id = next_thread_++;
  threads_.emplace(*id, start_thread(text, [t]() noexcept { t.fn(t.user); }));
  return STN_OK;
}

stn_status executors::thread_join(uint64_t id) {
  auto it = threads_.find(id);
  if (it == threads_.end()) return STN_E_NOT_FOUND;
  it->second.join();
  threads_.erase(it);
  return STN_OK;
}

stn_iface executors::iface() {
  static const stn_exec_api table = {
      {sizeof(stn_exec_api), STN_VER(1, 0)},
      [](void *s) { return me(s)->io_count(); },
      [](void *s, uint32_t i) { return i < me(s)->io_count() ? me(s)->io(i) : nullptr; },
      [](void *s) { return me(s)->blocking(); },
      [](void *) { return executors::current(); },
      executors::post,
      make_timer,
      cancel_timer,
      make_watch,
      want_watch,
      [](stn_watch *w) { w->close(); },
      [](void *s, stn_str name, stn_task t, uint64_t *id, stn_error *err) {
        return me(s)->thread_start(name, t, id, err);
      },
      [](void *s, uint64_t id) { return me(s)->thread_join(id); }};
  return {&table.h, this};
}

}  // namespace stn::kernel
