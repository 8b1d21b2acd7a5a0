#include "config_handlers.h"

#include <optional>
#include <utility>

#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/headers/namesrv.h"

namespace stn::namesrv_config {

namespace {

namespace code = protocol::response_code;

protocol::field_span fields_of(const stn_req_view &q) {
  return protocol::fields_from(q.fields, q.n_fields);
}

answer failure(std::string remark) {
  return {.code = code::system_error, .remark = std::move(remark)};
}

answer bad_header(const protocol::outcome &o) {
  return failure(std::string(o.name) + ": " + std::string(protocol::describe(o.code)));
}

}  // namespace

answer config_handlers::put(const stn_req_view &q) const {
  protocol::kv_header h;
  if (auto o = decode_put_kv(fields_of(q), &h); !o.ok()) return bad_header(o);
  if (!store.put(h.name_space, h.key, h.value))
    return failure("as many keys as there may be (max_entries)");
  log.info("setting put", {{"namespace", h.name_space}, {"key", h.key}, {"peer", view(q.peer)}});
  if (status s = save(); !s.ok()) return failure(s.message());
  return {};
}

answer config_handlers::get(const stn_req_view &q) const {
  protocol::kv_header h;
  if (auto o = decode_kv_key(fields_of(q), &h); !o.ok()) return bad_header(o);
  std::optional<std::string> value = store.get(h.name_space, h.key);
  if (!value) {
    return {.code = code::query_not_found,
            .remark = "No config item, Namespace: " + std::string(h.name_space) +
                      " Key: " + std::string(h.key)};
  }
  answer a;
  a.fields.emplace_back("value", std::move(*value));
  return a;
}

answer config_handlers::remove(const stn_req_view &q) const {
  protocol::kv_header h;
  if (auto o = decode_kv_key(fields_of(q), &h); !o.ok()) return bad_header(o);
  store.remove(h.name_space, h.key);
  log.info("setting deleted",
           {{"namespace", h.name_space}, {"key", h.key}, {"peer", view(q.peer)}});
  if (status s = save(); !s.ok()) return failure(s.message());
  return {};
}

answer config_handlers::list(const stn_req_view &q) const {
  protocol::kv_header h;
  if (auto o = decode_kv_namespace(fields_of(q), &h); !o.ok()) return bad_header(o);
  const std::optional<protocol::kv_table> table = store.table(h.name_space);
  if (!table) {
    return {.code = code::query_not_found,
            .remark = "No config item, Namespace: " + std::string(h.name_space)};
  }
  return {.body = protocol::encode(*table)};
}

// The name server's own settings stand in its manifest; asking for what is so already is no error, and keys that are
// not known are passed over, as the original does.
answer config_handlers::update_own(const stn_req_view &q) const {
  for (const auto &[key, value] : parse_properties(view(q.body))) {
    if (key == "kvConfigPath" || key == "configStorePath") {
      return {.code = code::no_permission, .remark = "Can not update config path"};
    }
    auto found = own.find(key);
    if (found != own.end() && found->second != value) {
      return failure(
          key + " is set in the manifest of this name server and cannot be changed while it runs");
    }
  }
  return {};
}

answer config_handlers::own_settings(const stn_req_view &) const {
  return {.body = format_properties(own)};
}

}  // namespace stn::namesrv_config
