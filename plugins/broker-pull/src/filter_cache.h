// filter_cache.h - compiled subscription expressions, shared by all pulls that use the same one.
//
// Each I/O thread has a cache of its own, so looking an expression up takes no lock. A compiled filter is counted: pulls
// that wait, and reads on other threads, keep theirs when the cache lets go of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "stanchion/ext/filter.h"
#include "stanchion/sdk/host.h"

namespace stn::broker_pull {

// One expression of one type, compiled. Immutable but for its count. [any]
class compiled_filter {
 public:
  compiled_filter(const stn_filter_api *api, stn_matcher *matcher, std::string_view type,
                  std::string_view expression)
      : api_(api), matcher_(matcher), type_(type), expression_(expression) {}
  compiled_filter(const compiled_filter &) = delete;

  const stn_filter_api *api() const { return api_; }
  const stn_matcher *matcher() const { return matcher_; }
  std::string_view type() const { return type_; }
  std::string_view expression() const { return expression_; }

 private:
  friend class filter_ref;
  ~compiled_filter() { api_->destroy(matcher_); }

  const stn_filter_api *api_;
  stn_matcher *matcher_;
  std::string type_;
  std::string expression_;
  std::atomic<uint32_t> uses_{0};
};

// A counted pointer to a compiled filter; empty = every message matches.
class filter_ref {
 public:
  filter_ref() = default;
  explicit filter_ref(compiled_filter *f) : f_(f) { retain(); }
  filter_ref(const filter_ref &o) : f_(o.f_) { retain(); }
  filter_ref(filter_ref &&o) noexcept : f_(std::exchange(o.f_, nullptr)) {}
  filter_ref &operator=(filter_ref o) noexcept {
    std::swap(f_, o.f_);
    return *this;
  }
  ~filter_ref() {
    if (f_ != nullptr && f_->uses_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete f_;
  }

  const compiled_filter *get() const { return f_; }
  explicit operator bool() const { return f_ != nullptr; }

 private:
  void retain() {
    if (f_ != nullptr) f_->uses_.fetch_add(1, std::memory_order_relaxed);
  }
  compiled_filter *f_ = nullptr;
};

// Which filter serves which expression type. Filled in init(), constant then. [any]
class filter_types {
 public:
  // STN_E_EXISTS if two providers serve one type. [ctrl]
  status add_all(const std::vector<iface<stn_filter_api>> &providers);
  // NULL: nobody serves this type.
  const iface<stn_filter_api> *find(std::string_view type) const;

 private:
  std::vector<std::pair<std::string, iface<stn_filter_api>>> types_;
};

// Thread: that of its owner.
class filter_cache {
 public:
  filter_cache(const filter_types &types, size_t capacity) : types_(types), capacity_(capacity) {}

  // The filter of an expression; "*" and nothing of type TAG give the empty one. STN_E_UNSUPPORTED: nobody serves the
  // type. STN_E_INVALID: the expression does not compile.
  stn_status get(std::string_view type, std::string_view expression, filter_ref *out);
  size_t size() const { return filters_.size(); }

 private:
  struct key {
    std::string_view type;
    std::string_view expression;
    bool operator==(const key &) const = default;
  };
  static key key_of(const filter_ref &r) { return {r.get()->type(), r.get()->expression()}; }
  struct hash {
    using is_transparent = void;
    size_t operator()(const key &k) const {
      return std::hash<std::string_view>()(k.expression) * 31 +
             std::hash<std::string_view>()(k.type);
    }
    size_t operator()(const filter_ref &r) const { return (*this)(key_of(r)); }
  };
  struct equal {
    using is_transparent = void;
    bool operator()(const filter_ref &a, const filter_ref &b) const { return a.get() == b.get(); }
    bool operator()(const key &k, const filter_ref &r) const { return k == key_of(r); }
    bool operator()(const filter_ref &r, const key &k) const { return k == key_of(r); }
  };

  const filter_types &types_;
  size_t capacity_;
  std::unordered_set<filter_ref, hash, equal> filters_;
};

}  // namespace stn::broker_pull
