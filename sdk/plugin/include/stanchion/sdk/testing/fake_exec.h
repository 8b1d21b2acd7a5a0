// stanchion/sdk/testing/fake_exec.h - "stn.host.exec/1" under a test's control: nothing runs until the test says so.
//
// Tasks wait in queues until run_pending(), timers until advance() moves the manual clock, descriptors until poll_fds()
// or signal_fd(). Threads of thread_start are real. post() may be called from any thread; everything else belongs to the
// thread of the test.
#pragma once

#include <poll.h>

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "stanchion/host.h"
#include "stanchion/sdk/host.h"

namespace stn::testing {

class fake_exec {
 public:
  explicit fake_exec(uint32_t io_threads) {
    for (uint32_t i = 0; i < io_threads; i++)
      io_.push_back(std::make_unique<executor>(this, false));
  }
  fake_exec(const fake_exec &) = delete;
  ~fake_exec() {
    for (auto &[id, t] : threads_) t.join();
  }

  stn_exec *io(uint32_t i) { return handle(io_.at(i).get()); }
  stn_exec *blocking() { return handle(&blocking_); }
  uint32_t io_count() const { return static_cast<uint32_t>(io_.size()); }

  // Tasks that `blocking` takes before post answers STN_E_BUSY.
  void set_blocking_capacity(size_t n) { blocking_capacity_ = n; }

  // Runs queued tasks, and what they queue, until all queues are empty. Returns how many ran.
  size_t run_pending() {
    size_t n = 0;
    for (bool any = true; any;) {
      any = false;
      for (auto &x : io_) any |= run_one(*x, &n);
      any |= run_one(blocking_, &n);
    }
    return n;
  }
  // The same for one executor alone.
  size_t run_pending(stn_exec *x) {
    size_t n = 0;
    while (run_one(*of(x), &n)) {
    }
    return n;
  }

  // Moves the clock by ns; timers that come due run in order, each at its own time, tasks before and after each.
  void advance(uint64_t ns) {
    const uint64_t target = mono_ns_ + ns;
    run_pending();
    while (timer_state *t = next_due(target)) {
      mono_ns_ = t->due > mono_ns_ ? t->due : mono_ns_;
      fire(t);
      run_pending();
    }
    mono_ns_ = target;
  }
  uint64_t mono_ns() const { return mono_ns_; }

  // Waits up to timeout_ms for any watched descriptor and calls back for those that are ready. Returns how many calls.
  size_t poll_fds(int timeout_ms) {
    std::vector<pollfd> fds;
    std::vector<watch_state *> order;
    for (auto &w : watches_) {
      if (w->want == 0) continue;
      const auto events = static_cast<short>(((w->want & STN_FD_READ) != 0 ? POLLIN : 0) |
                                             ((w->want & STN_FD_WRITE) != 0 ? POLLOUT : 0));
      fds.push_back({w->fd, events, 0});
      order.push_back(w.get());
    }
    if (fds.empty() || ::poll(fds.data(), fds.size(), timeout_ms) <= 0) return 0;
    size_t calls = 0;
    for (size_t i = 0; i < fds.size(); i++) {
      const short got = fds[i].revents;
      if (got == 0 || !alive(order[i])) continue;
      uint32_t ready = (got & (POLLERR | POLLHUP)) != 0 ? STN_FD_READ | STN_FD_WRITE : 0;
      if ((got & POLLIN) != 0) ready |= STN_FD_READ;
      if ((got & POLLOUT) != 0) ready |= STN_FD_WRITE;
      call(order[i], ready);
      calls++;
    }
    return calls;
  }
  // Reports a watched descriptor as ready, whatever the system says; false if nobody watches it.
  bool signal_fd(int32_t fd, uint32_t ready) {
    for (auto &w : watches_) {
      if (w->fd != fd) continue;
      call(w.get(), ready);
      return true;
    }
    return false;
  }

  // What is still there; all zero after a plugin's stop().
  size_t timers() const { return timers_.size(); }
  size_t watches() const { return watches_.size(); }
  size_t threads() const { return threads_.size(); }
  size_t queued() {
    std::lock_guard lock(mutex_);
    size_t n = blocking_.queue.size();
    for (auto &x : io_) n += x->queue.size();
    return n;
  }

  // While it lives the calling thread counts as the thread of this executor (what `current` answers).
  class on_thread {
   public:
    explicit on_thread(stn_exec *x) : before_(current_) { current_ = x; }
    ~on_thread() { current_ = before_; }
    on_thread(const on_thread &) = delete;

   private:
    stn_exec *before_;
  };

  stn_iface iface() { return {&table()->h, this}; }

 private:
  struct executor {
    executor(fake_exec *o, bool b) : owner(o), is_blocking(b) {}
    fake_exec *owner;
    bool is_blocking;
    std::deque<stn_task> queue;
  };
  struct timer_state {
    fake_exec *owner;
    executor *exec;
    uint64_t due;
    uint64_t period;
    stn_task task;
    bool armed;
  };
  struct watch_state {
    fake_exec *owner;
    executor *exec;
    int32_t fd;
    uint32_t want;
    stn_fd_fn fn;
    void *user;
  };

  static executor *of(stn_exec *x) { return reinterpret_cast<executor *>(x); }
  static stn_exec *handle(executor *x) { return reinterpret_cast<stn_exec *>(x); }
  static fake_exec *me(void *self) { return static_cast<fake_exec *>(self); }

  bool run_one(executor &x, size_t *n) {
    stn_task t{};
    {
      std::lock_guard lock(mutex_);
      if (x.queue.empty()) return false;
      t = x.queue.front();
      x.queue.pop_front();
    }
    on_thread here(x.is_blocking ? nullptr : handle(&x));
    t.fn(t.user);
    STN_CHECK(++*n < k_tasks_max);  // a task that posts itself for ever
    return true;
  }

  timer_state *next_due(uint64_t until) {
    timer_state *best = nullptr;
    for (auto &t : timers_) {
      if (t->armed && t->due <= until && (best == nullptr || t->due < best->due)) best = t.get();
    }
    return best;
  }
  void fire(timer_state *t) {
    t->armed = t->period != 0;
    t->due += t->period;
    const stn_task task = t->task;
    on_thread here(handle(t->exec));
    task.fn(task.user);
  }
  bool alive(const watch_state *w) const {
    for (auto &x : watches_) {
      if (x.get() == w) return true;
    }
    return false;
  }
  void call(watch_state *w, uint32_t ready) {
    on_thread here(handle(w->exec));
    w->fn(w->user, ready);
  }

  static stn_status post(stn_exec *x, const stn_task *v, uint32_t n) {
    executor *e = of(x);
    std::lock_guard lock(e->owner->mutex_);
    if (e->is_blocking && e->queue.size() + n > e->owner->blocking_capacity_) return STN_E_BUSY;
    e->queue.insert(e->queue.end(), v, v + n);
    return STN_OK;
  }
  static stn_status timer(stn_exec *x, uint64_t first, uint64_t period, stn_task t,
                          stn_timer **out) {
    fake_exec *o = of(x)->owner;
    o->timers_.push_back(
        std::make_unique<timer_state>(timer_state{o, of(x), o->mono_ns_ + first, period, t, true}));
    *out = reinterpret_cast<stn_timer *>(o->timers_.back().get());
    return STN_OK;
  }
  static void timer_cancel(stn_timer *t) {
    auto *s = reinterpret_cast<timer_state *>(t);
    s->owner->timers_.remove_if([s](const auto &p) { return p.get() == s; });
  }
  static stn_status watch_fd(stn_exec *x, int32_t fd, uint32_t want, stn_fd_fn fn, void *user,
                             stn_watch **out, stn_error *) {
    fake_exec *o = of(x)->owner;
    o->watches_.push_back(std::make_unique<watch_state>(watch_state{o, of(x), fd, want, fn, user}));
    *out = reinterpret_cast<stn_watch *>(o->watches_.back().get());
    return STN_OK;
  }
  static void fd_want(stn_watch *w, uint32_t want) {
    reinterpret_cast<watch_state *>(w)->want = want;
  }
  static void unwatch(stn_watch *w) {
    auto *s = reinterpret_cast<watch_state *>(w);
    s->owner->watches_.remove_if([s](const auto &p) { return p.get() == s; });
  }
  static stn_status thread_start(void *self, stn_str, stn_task t, uint64_t *id, stn_error *) {
    *id = me(self)->next_thread_++;
    me(self)->threads_.emplace(*id, std::thread([t] { t.fn(t.user); }));
    return STN_OK;
  }
  static stn_status thread_join(void *self, uint64_t id) {
    auto it = me(self)->threads_.find(id);
    if (it == me(self)->threads_.end()) return STN_E_NOT_FOUND;
    it->second.join();
    me(self)->threads_.erase(it);
    return STN_OK;
  }

  static const stn_exec_api *table() {
    static const stn_exec_api t = {{sizeof(stn_exec_api), STN_VER(1, 0)},
                                   [](void *s) { return me(s)->io_count(); },
                                   [](void *s, uint32_t i) { return me(s)->io(i); },
                                   [](void *s) { return me(s)->blocking(); },
                                   [](void *) { return current_; },
                                   post,
                                   timer,
                                   timer_cancel,
                                   watch_fd,
                                   fd_want,
                                   unwatch,
                                   thread_start,
                                   thread_join};
    return &t;
  }

  static constexpr size_t k_tasks_max = 10'000'000;
  static inline thread_local stn_exec *current_ = nullptr;

  std::mutex mutex_;  // guards the queues
  std::vector<std::unique_ptr<executor>> io_;
  executor blocking_{this, true};
  size_t blocking_capacity_ = 1024;
  uint64_t mono_ns_ = 1'000'000'000;
  std::list<std::unique_ptr<timer_state>> timers_;
  std::list<std::unique_ptr<watch_state>> watches_;
  std::map<uint64_t, std::thread> threads_;
  uint64_t next_thread_ = 1;
};

}  // namespace stn::testing
