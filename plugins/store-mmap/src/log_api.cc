#include "log_api.h"

#include "message_store.h"
#include "stanchion/sdk/host.h"
#include "stanchion/sdk/plugin.h"

namespace stn::store_mmap {
namespace {

message_store &of(void *self) { return **static_cast<message_store **>(self); }

stn_status info(void *self, stn_log_info *out) {
  message_store &store = of(self);
  out->first = store.segments().first();
  out->end = store.copy_limit();
  out->durable = store.state().durable.load();
  out->confirmed = store.confirmed();
  out->file_size = store.segments().size();
  return STN_OK;
}

}  // namespace

const stn_log_api &log_api() {
  static const stn_log_api t = [] {
    stn_log_api a{};
    a.h = {sizeof(stn_log_api), STN_VER(1, 0)};
    a.info = info;
    a.read = [](void *self, int64_t from, uint64_t max, stn_bslice *out, stn_error *err) {
      message_store &store = of(self);
      return store.reader().read_raw(from, max, store.copy_limit(), out, err);
    };
    a.append = [](void *self, int64_t phys, stn_slice bytes, stn_error *err) {
      return guarded(err, [&] {
        stn_error why{};
        return status::from_abi(of(self).append_raw(phys, bytes, &why), why);
      });
    };
    a.truncate = [](void *self, int64_t phys, stn_error *err) {
      return guarded(err, [&] { return of(self).truncate(phys); });
    };
    a.confirm = [](void *self, int64_t phys, stn_error *err) {
      return guarded(err, [&] { return of(self).confirm(phys); });
    };
    return a;
  }();
  return t;
}

}  // namespace stn::store_mmap
