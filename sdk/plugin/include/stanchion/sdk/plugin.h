// stanchion/sdk/plugin.h - write a plugin as one C++ class.
//
//   #include "plugin_info.h"              // generated from plugin.toml: STN_PLUGIN_ID, STN_PLUGIN_VERSION
//   class geo final : public stn::plugin {
//     stn::status init() override;        // read settings, fetch interfaces
//     bool query(std::string_view id, stn_iface *out) override;  // what plugin.toml lists under `provides`
//   };
//   STN_PLUGIN(geo)
//
// The constructor must be cheap. Exceptions become statuses at the boundary; none leaves the plugin.
#pragma once

#include <exception>
#include <new>
#include <string_view>

#include "stanchion/plugin.h"
#include "stanchion/sdk/host.h"

namespace stn {

// Runs f (which returns status) and turns what it throws into a status: the last line before the ABI.
template <class F>
stn_status guarded(stn_error *err, F &&f) noexcept {
  try {
    return f().to_abi(err);
  } catch (const std::bad_alloc &) {
    return stn_error_set(err, STN_E_NO_MEMORY, "out of memory");
  } catch (const std::exception &e) {
    return stn_error_set(err, STN_E_INTERNAL, e.what());
  } catch (...) {
    return stn_error_set(err, STN_E_INTERNAL, "unknown exception");
  }
}

class plugin {
 public:
  virtual ~plugin() = default;

  // The steps of stanchion/plugin.h, all on the control thread.
  virtual status init() { return {}; }
  virtual status start() { return {}; }
  virtual status serve() { return {}; }
  virtual status drain(uint64_t /*deadline_ns*/) { return {}; }
  virtual status stop() { return {}; }
  // Fills *out for an id that plugin.toml lists under `provides`.
  virtual bool query(std::string_view /*id*/, stn_iface * /*out*/) { return false; }

  void attach(const stn_host *h) { host_ = host(h); }

 protected:
  host host_;
};

// Fills an interface from a table and its object, for use in query().
template <class Api>
bool provide(stn_iface *out, const Api &table, void *self) {
  out->api = &table.h;
  out->self = self;
  return true;
}

namespace detail {

inline plugin *of(stn_instance *i) { return reinterpret_cast<plugin *>(i); }

template <class Class>
stn_status create(const stn_host *h, stn_instance **out, stn_error *err) {
  return guarded(err, [&]() -> status {
    plugin *p = new Class();
    p->attach(h);
    *out = reinterpret_cast<stn_instance *>(p);
    return {};
  });
}

inline stn_status query(stn_instance *i, const char *id, stn_iface *out) {
  return guarded(nullptr, [&]() -> status {
    return of(i)->query(id, out) ? status() : status(STN_E_NOT_FOUND, "interface not provided");
  });
}

template <class Class>
const stn_plugin *table(const char *id, const char *version) {
  static const stn_plugin t = {
      {sizeof(stn_plugin), STN_CORE_VERSION},
      id,
      version,
      create<Class>,
      [](stn_instance *i, stn_error *e) { return guarded(e, [&] { return of(i)->init(); }); },
      [](stn_instance *i, stn_error *e) { return guarded(e, [&] { return of(i)->start(); }); },
      [](stn_instance *i, stn_error *e) { return guarded(e, [&] { return of(i)->serve(); }); },
      [](stn_instance *i, uint64_t d, stn_error *e) {
        return guarded(e, [&] { return of(i)->drain(d); });
      },
      [](stn_instance *i, stn_error *e) { return guarded(e, [&] { return of(i)->stop(); }); },
      [](stn_instance *i) { delete of(i); },
      query};
  return &t;
}

}  // namespace detail
}  // namespace stn

// Once per plugin, at file scope: the entry function and the facts note.
#define STN_PLUGIN(CLASS)                                                                          \
  STN_PLUGIN_FACTS(STN_PLUGIN_ID, STN_PLUGIN_VERSION);                                             \
  extern "C" STN_EXPORT stn_status stn_plugin_v1(const stn_offer *offer, const stn_plugin **out,   \
                                                 stn_error *err) {                                 \
    if (offer->core != STN_CORE_VERSION || (offer->draft != 0 && offer->draft != STN_ABI_DRAFT)) { \
      return stn_error_set(err, STN_E_INCOMPATIBLE, STN_PLUGIN_ID " was built for another core");  \
    }                                                                                              \
    *out = stn::detail::table<CLASS>(STN_PLUGIN_ID, STN_PLUGIN_VERSION);                           \
    return STN_OK;                                                                                 \
  }                                                                                                \
  static_assert(true, "swallows the semicolon")
