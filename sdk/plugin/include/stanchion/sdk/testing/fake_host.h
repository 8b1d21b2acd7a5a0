// stanchion/sdk/testing/fake_host.h - a kernel for unit tests: manual clock and executors, settings from a map.
//
//   stn::testing::fake_host h;
//   h.set_cfg("dir", dir).set_cfg("listen[0].address", "127.0.0.1:0").provide(STN_STORE_ID, {&table.h, &store});
//   my_plugin p;
//   p.attach(h.raw());
//   ASSERT_TRUE(p.init().ok());
//   h.advance(1'000'000'000);   // a second passes: timers run, on this thread
//
// Settings come as the kernel would hand them over: defaults are not filled in here, durations are nanoseconds, sizes
// bytes, booleans 0 or 1. log, announce, fatal and post may be called from any thread, the rest from the test's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stanchion/host.h"
#include "stanchion/sdk/host.h"
#include "stanchion/sdk/testing/fake_exec.h"
#include "stanchion/sdk/testing/fake_metrics.h"

namespace stn::testing {

struct log_line {
  int32_t level;
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;
};

class fake_host {
 public:
  explicit fake_host(std::string instance = "test", uint32_t io_threads = 1)
      : instance_(std::move(instance)), exec_(io_threads) {
    host_ = {{sizeof(stn_host), STN_CORE_VERSION},
             this,
             "0.0.0-test",
             instance_.c_str(),
             [](const stn_host *h, int32_t level) { return int32_t{level >= me(h)->log_level_}; },
             log,
             get_iface,
             get_all,
             cfg_str,
             cfg_i64,
             cfg_count,
             [](const stn_host *h) { return me(h)->now_ms(); },
             [](const stn_host *h) { return me(h)->exec_.mono_ns(); },
             [](const stn_host *h, stn_str k, stn_str v) {
               me(h)->announced_[std::string(view(k))] = view(v);
             },
             fatal};
    provide(STN_EXEC_ID, exec_.iface());
    provide(STN_METRICS_ID, metrics_.iface());
  }
  fake_host(const fake_host &) = delete;

  const stn_host *raw() const { return &host_; }
  stn::host host() const { return stn::host(&host_); }

  // ---- what the plugin will find

  fake_host &set_cfg(const std::string &path, std::string_view value) {
    strings_[path] = value;
    count_elements(path);
    return *this;
  }
  fake_host &set_cfg(const std::string &path, const char *value) {
    return set_cfg(path, std::string_view(value));
  }
  template <class Int>
  requires std::is_integral_v<Int> fake_host &set_cfg(const std::string &path, Int value) {
    numbers_[path] = static_cast<int64_t>(value);
    count_elements(path);
    return *this;
  }
  // Adds a provider; the first one is what get_iface answers, all of them in this order what get_all answers.
  fake_host &provide(const std::string &id, stn_iface f) {
    ifaces_[id].push_back(f);
    return *this;
  }
  void set_now_ms(int64_t ms) {
    wall_base_ms_ = ms - static_cast<int64_t>(exec_.mono_ns() / 1'000'000);
  }
  void set_log_level(int32_t level) { log_level_ = level; }

  // ---- time and work

  size_t run_pending() { return exec_.run_pending(); }
  void advance(uint64_t ns) { exec_.advance(ns); }  // both clocks
  fake_exec &exec() { return exec_; }
  fake_metrics &metrics() { return metrics_; }
  int64_t now_ms() const {
    return wall_base_ms_ + static_cast<int64_t>(exec_.mono_ns() / 1'000'000);
  }

  // ---- what the plugin did

  std::vector<log_line> logs() const {
    std::lock_guard lock(mutex_);
    return logs_;
  }
  // Lines at this level or above.
  size_t logged(int32_t level) const {
    std::lock_guard lock(mutex_);
    return static_cast<size_t>(std::count_if(
        logs_.begin(), logs_.end(), [level](const log_line &l) { return l.level >= level; }));
  }
  const std::map<std::string, std::string> &announced() const { return announced_; }
  stn_status fatal_code() const {
    std::lock_guard lock(mutex_);
    return fatal_code_;
  }
  std::string fatal_why() const {
    std::lock_guard lock(mutex_);
    return fatal_why_;
  }

 private:
  static fake_host *me(const stn_host *h) { return static_cast<fake_host *>(h->ctx); }

  // "listen[2].address" makes "listen" three elements long, on every level of the path.
  void count_elements(const std::string &path) {
    for (size_t open = path.find('['); open != std::string::npos; open = path.find('[', open + 1)) {
      uint32_t &n = counts_[path.substr(0, open)];
      n = std::max(n, static_cast<uint32_t>(std::stoul(path.substr(open + 1))) + 1);
    }
  }

  static void log(const stn_host *h, int32_t level, stn_str msg, const stn_kv *kv, uint32_t n) {
    log_line line{level, std::string(view(msg)), {}};
    for (uint32_t i = 0; i < n; i++) line.fields.emplace_back(view(kv[i].key), view(kv[i].value));
    std::lock_guard lock(me(h)->mutex_);
    me(h)->logs_.push_back(std::move(line));
  }
  static stn_status get_iface(const stn_host *h, const char *id, uint32_t min_minor, stn_iface *out,
                              stn_error *err) {
    auto it = me(h)->ifaces_.find(id);
    if (it == me(h)->ifaces_.end()) {
      return stn_error_set(err, STN_E_NOT_FOUND, (std::string("nobody provides ") + id).c_str());
    }
    if (STN_VER_MINOR(it->second.front().api->ver) < min_minor) {
      return stn_error_set(err, STN_E_INCOMPATIBLE, (std::string(id) + " is too old").c_str());
    }
    *out = it->second.front();
    return STN_OK;
  }
  static stn_status get_all(const stn_host *h, const char *id, uint32_t cap, stn_iface *out,
                            uint32_t *n, stn_error *err) {
    auto it = me(h)->ifaces_.find(id);
    *n = it == me(h)->ifaces_.end() ? 0 : static_cast<uint32_t>(it->second.size());
    if (*n > cap) return stn_error_set(err, STN_E_TOO_SMALL, "more providers than the array holds");
    if (*n > 0) std::copy(it->second.begin(), it->second.end(), out);
    return STN_OK;
  }
  static stn_status cfg_str(const stn_host *h, const char *path, stn_str *out) {
    auto it = me(h)->strings_.find(path);
    if (it == me(h)->strings_.end()) return STN_E_NOT_FOUND;
    *out = str(it->second);
    return STN_OK;
  }
  static stn_status cfg_i64(const stn_host *h, const char *path, int64_t *out) {
    auto it = me(h)->numbers_.find(path);
    if (it == me(h)->numbers_.end()) return STN_E_NOT_FOUND;
    *out = it->second;
    return STN_OK;
  }
  static stn_status cfg_count(const stn_host *h, const char *path, uint32_t *n) {
    auto it = me(h)->counts_.find(path);
    *n = it == me(h)->counts_.end() ? 0 : it->second;
    return STN_OK;
  }
  static void fatal(const stn_host *h, stn_status code, stn_str why) {
    std::lock_guard lock(me(h)->mutex_);
    me(h)->fatal_code_ = code;
    me(h)->fatal_why_ = view(why);
  }

  std::string instance_;
  stn_host host_{};
  fake_exec exec_;
  fake_metrics metrics_;
  int64_t wall_base_ms_ = 1'700'000'000'000;
  int32_t log_level_ = STN_LOG_TRACE;
  std::map<std::string, std::string> strings_;
  std::map<std::string, int64_t> numbers_;
  std::map<std::string, uint32_t> counts_;
  std::map<std::string, std::vector<stn_iface>> ifaces_;
  mutable std::mutex mutex_;  // guards logs_ and the fatal pair
  std::vector<log_line> logs_;
  stn_status fatal_code_ = STN_OK;
  std::string fatal_why_;
  std::map<std::string, std::string> announced_;
};

}  // namespace stn::testing
