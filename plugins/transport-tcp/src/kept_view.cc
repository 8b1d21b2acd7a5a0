#include "kept_view.h"

#include <cstring>

namespace stn::transport_tcp {

namespace {

size_t text_size(const stn_req_view &v) {
  size_t n = v.remark.len + v.body.len + v.born_host.len + v.peer.len;
  for (uint32_t i = 0; i < v.n_fields; i++) n += v.fields[i].key.len + v.fields[i].value.len;
  return n;
}

// Copies len bytes to *at and moves it on.
const char *copy(char **at, const void *from, size_t len) {
  char *to = *at;
  if (len > 0) std::memcpy(to, from, len);
  *at += len;
  return to;
}

}  // namespace

kept_view::kept_view(const stn_req_view &from)
    : view(from),
      fields(from.fields, from.fields + from.n_fields),
      bytes(new char[text_size(from) + 1]) {
  char *at = bytes.get();
  for (stn_kv &f : fields) {
    f.key.data = copy(&at, f.key.data, f.key.len);
    f.value.data = copy(&at, f.value.data, f.value.len);
  }
  view.fields = fields.data();
  if (from.remark.data != nullptr) view.remark.data = copy(&at, from.remark.data, from.remark.len);
  view.body.data = copy(&at, from.body.data, from.body.len);
  view.born_host.data = copy(&at, from.born_host.data, from.born_host.len);
  view.peer.data = copy(&at, from.peer.data, from.peer.len);
}

}  // namespace stn::transport_tcp
