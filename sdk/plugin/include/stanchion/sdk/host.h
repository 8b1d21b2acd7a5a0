// stanchion/sdk/host.h - the kernel's services as seen from a plugin in C++.
//
// `host` is a thin, copyable view of the stn_host given to the plugin; it must not outlive it. All functions carry the
// thread tags of stanchion/host.h.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "stanchion/host.h"
#include "stanchion/sdk/status.h"

// A broken invariant of our own is a bug: stop before it does harm. Never used on input from peers or disks.
#define STN_CHECK(cond)                                                             \
  do {                                                                              \
    if (!(cond)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #cond); \
      std::abort();                                                                 \
    }                                                                               \
  } while (false)

namespace stn {

inline std::string_view view(stn_str s) { return {s.data, s.len}; }
inline std::string_view view(stn_slice s) { return {static_cast<const char *>(s.data), s.len}; }
inline stn_str str(std::string_view s) { return {s.data(), s.size()}; }
inline stn_slice slice(std::string_view s) { return {s.data(), s.size()}; }

// A fetched interface: `store->append(store.self, ...)`.
template <class Api>
struct iface {
  const Api *api = nullptr;
  void *self = nullptr;
  const Api *operator->() const { return api; }
  explicit operator bool() const { return api != nullptr; }
};

// One key=value of a log line; the texts need only live during the call.
struct log_field {
  std::string_view key;
  std::string value;
  log_field(std::string_view k, std::string_view v) : key(k), value(v) {}
  log_field(std::string_view k, const char *v) : key(k), value(v) {}
  log_field(std::string_view k, const std::string &v) : key(k), value(v) {}
  template <class Int>
  requires std::is_integral_v<Int> log_field(std::string_view k, Int v)
      : key(k), value(std::to_string(v)) {}
};

class host {
 public:
  host() = default;
  explicit host(const stn_host *h) : h_(h) {}

  const stn_host *raw() const { return h_; }

  void log(int32_t level, std::string_view message,
           std::initializer_list<log_field> fields = {}) const {
    if (h_->log_enabled(h_, level) == 0) return;
    std::vector<stn_kv> kv;
    kv.reserve(fields.size());
    for (const auto &f : fields) kv.push_back({str(f.key), str(f.value)});
    h_->log(h_, level, str(message), kv.data(), static_cast<uint32_t>(kv.size()));
  }
  void debug(std::string_view m, std::initializer_list<log_field> f = {}) const {
    log(STN_LOG_DEBUG, m, f);
  }
  void info(std::string_view m, std::initializer_list<log_field> f = {}) const {
    log(STN_LOG_INFO, m, f);
  }
  void warn(std::string_view m, std::initializer_list<log_field> f = {}) const {
    log(STN_LOG_WARN, m, f);
  }
  void error(std::string_view m, std::initializer_list<log_field> f = {}) const {
    log(STN_LOG_ERROR, m, f);
  }

  // Fetches the one provider of an interface: `auto s = h.get<stn_store_api>(STN_STORE_ID)`.
  template <class Api>
  result<iface<Api>> get(const char *id, uint32_t min_minor = 0) const {
    stn_iface raw{};
    stn_error err{};
    if (stn_status st = h_->get_iface(h_, id, min_minor, &raw, &err); st != STN_OK) {
      return status::from_abi(st, err);
    }
    return iface<Api>{reinterpret_cast<const Api *>(raw.api), raw.self};
  }

  // All providers, in manifest order (hook points: in the order of [hooks]).
  template <class Api>
  result<std::vector<iface<Api>>> all(const char *id) const {
    stn_iface raw[k_providers_max];
    stn_error err{};
    uint32_t n = 0;
    if (stn_status st = h_->get_all(h_, id, k_providers_max, raw, &n, &err); st != STN_OK) {
      return status::from_abi(st, err);
    }
    std::vector<iface<Api>> out;
    for (uint32_t i = 0; i < n; i++) {
      out.push_back({reinterpret_cast<const Api *>(raw[i].api), raw[i].self});
    }
    return out;
  }

  // Settings; the fallback serves optional keys without default. Strings live as long as the plugin.
  std::string_view cfg_str(const char *path, std::string_view fallback = {}) const {
    stn_str v{};
    return h_->cfg_str(h_, path, &v) == STN_OK ? view(v) : fallback;
  }
  int64_t cfg_i64(const char *path, int64_t fallback = 0) const {
    int64_t v = 0;
    return h_->cfg_i64(h_, path, &v) == STN_OK ? v : fallback;
  }
  uint32_t cfg_count(const char *path) const {
    uint32_t n = 0;
    return h_->cfg_count(h_, path, &n) == STN_OK ? n : 0;
  }

  int64_t now_ms() const { return h_->now_ms(h_); }
  uint64_t mono_ns() const { return h_->mono_ns(h_); }
  void announce(std::string_view key, std::string_view value) const {
    h_->announce(h_, str(key), str(value));
  }
  void fatal(stn_status code, std::string_view why) const { h_->fatal(h_, code, str(why)); }

 private:
  static constexpr uint32_t k_providers_max = 64;
  const stn_host *h_ = nullptr;
};

}  // namespace stn
