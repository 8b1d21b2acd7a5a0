// exec.h - the executors behind "stn.host.exec/1": one Asio loop per I/O thread, the pool `blocking`, plugin threads.
//
// Posting to an I/O thread, re-arming a descriptor and a periodic timer allocate nothing in steady state. Construction
// and destruction are [ctrl]; the tags of the table are those of stanchion/host.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "stanchion/host.h"

namespace stn::kernel {

class io_thread;
class blocking_pool;

// What a stn_exec handle points at.
struct executor {
  io_thread *io = nullptr;  // one of the two is set
  blocking_pool *pool = nullptr;
};

class executors {
 public:
  struct options {
    uint32_t io_threads = 0;  // 0 = one per core
    uint32_t blocking_threads = 4;
    uint32_t blocking_queue = 10'000;
  };
  explicit executors(const options &o);
  executors(const executors &) = delete;
  // Runs what was accepted, then ends all threads.
  ~executors();

  stn_iface iface();
  uint32_t io_count() const { return static_cast<uint32_t>(io_.size()); }
  stn_exec *io(uint32_t i);
  stn_exec *blocking();

  static stn_status post(stn_exec *x, const stn_task *v, uint32_t n);
  static stn_exec *current();

  // Returns when every task that the executors had accepted before has run, or at the deadline (monotonic ns).
  bool settle(uint64_t deadline_ns);
  // Threads of plugins that were started and not joined.
  size_t threads() const { return threads_.size(); }

 private:
  stn_status thread_start(stn_str name, stn_task t, uint64_t *id, stn_error *err);
  stn_status thread_join(uint64_t id);

  std::vector<std::unique_ptr<io_thread>> io_;
  std::unique_ptr<blocking_pool> pool_;
  std::map<uint64_t, std::thread> threads_;  // [ctrl]
  uint64_t next_thread_ = 1;
};

// Starts a thread with all signals blocked. name: at most 15 bytes are shown.
std::thread start_thread(const std::string &name, std::function<void()> body);

uint64_t mono_ns();

}  // namespace stn::kernel
