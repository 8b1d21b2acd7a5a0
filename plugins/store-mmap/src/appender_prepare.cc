// What the appender does before it takes the lock: lengths and tags; a client batch becomes its messages.
#include "appender_scratch.h"
#include "stanchion/protocol/properties.h"

namespace stn::store_mmap {
namespace {

constexpr size_t k_props_max = protocol::k_properties_max;

// A forward cursor over a client batch.
struct batch_cursor {
  const char *at;
  size_t left;
  bool take(size_t n, const char **out) {
    if (left < n) return false;
    *out = at;
    at += n;
    left -= n;
    return true;
  }
};

struct batch_message {
  int32_t flag;
  stn_slice body;
  stn_slice props;
};

// int32 size, magic, crc, flag, body length; body; int16 properties length; properties.
bool next_in_batch(batch_cursor &c, batch_message *out) {
  const char *head = nullptr;
  const char *body = nullptr;
  const char *props_head = nullptr;
  const char *props = nullptr;
  const char *start = c.at;
  if (!c.take(20, &head)) return false;
  int32_t body_size = protocol::load_i32(head + 16);
  if (body_size < 0 || !c.take(static_cast<size_t>(body_size), &body)) return false;
  if (!c.take(2, &props_head)) return false;
  int16_t props_size = protocol::load_i16(props_head);
  if (props_size < 0 || !c.take(static_cast<size_t>(props_size), &props)) return false;
  *out = {protocol::load_i32(head + 12),
          {body, static_cast<size_t>(body_size)},
          {props, static_cast<size_t>(props_size)}};
  return protocol::load_i32(head) == c.at - start;
}

bool is_host(stn_slice host, uint32_t size) { return host.len == size && host.data != nullptr; }

}  // namespace

// Names may straddle slices.
std::string_view appender::joined_props(const record_input &in, scratch &s) {
  const stn_append &a = *in.append;
  s.props.clear();
  auto add = [&](stn_slice v) { s.props.append(static_cast<const char *>(v.data), v.len); };
  add(in.own_props);
  if (in.tail_separator) s.props.push_back(protocol::k_property_end);
  for (uint32_t i = 0; i < a.n_props; i++) add(a.props[i]);
  return s.props;
}

// The properties in one piece: they are short.
inline std::string_view appender::props_of(const record_input &in, scratch &s) {
  const stn_slice &first = in.append->props[0];
  if (in.append->n_props == 1 && first.len == in.props_size) {
    return {static_cast<const char *>(first.data), first.len};
  }
  return joined_props(in, s);
}

// What can be accepted gets its size, its tag and the state STN_OK.
inline void appender::measure(prepared &p, scratch &s) const {
  record_input &in = p.in;
  const stn_append &a = *in.append;
  const stn_slice &own_props = in.own_props;
  if (in.topic.empty() || a.queue < 0 || a.queue >= queue_table::k_queues_max) return;
  if (!is_host(a.born_host, protocol::born_host_size(a.sysflag)) ||
      !is_host(a.store_host, protocol::store_host_size(a.sysflag)) ||
      a.n_props > STN_APPEND_PROPS) {
    return;
  }
  size_t tail = 0;
  for (uint32_t i = 0; i < a.n_props; i++) tail += a.props[i].len;
  in.tail_separator =
      own_props.len != 0 && tail != 0 &&
      static_cast<const char *>(own_props.data)[own_props.len - 1] != protocol::k_property_end;
  size_t props = own_props.len + (in.tail_separator ? 1 : 0) + tail;
  if (props > k_props_max) return;
  in.props_size = static_cast<uint32_t>(props);
  uint64_t size = record_size(in);
  if (size > static_cast<uint64_t>(p_.config.max_message_size) ||
      size + k_blank_min > static_cast<uint64_t>(p_.config.segment_size)) {
    return;
  }
  in.size = static_cast<uint32_t>(size);
  p.has_entry = has_queue_entry(a.sysflag);
  p.tag = tag_column(in.topic, a.queue, props_of(in, s), tags_, &p.delay);
  p.state = STN_OK;
  s.bytes += in.size;
}

void appender::prepare(const stn_append &a, scratch &s) const {
  if ((a.flags & STN_APPEND_BATCH) == 0) {
    measure(s.items.emplace_back(a, p_.queues.name(a.topic), a.body, false), s);
    return;
  }
  const size_t before = s.items.size();
  const int64_t bytes = s.bytes;
  if (prepare_batch(a, s)) return;
  s.items.erase(s.items.begin() + static_cast<ptrdiff_t>(before), s.items.end());
  s.bytes = bytes;
  s.items.emplace_back(a, std::string_view(), stn_slice{}, false);
}

bool appender::prepare_batch(const stn_append &a, scratch &s) const {
  batch_cursor cursor{static_cast<const char *>(a.body.data), a.body.len};
  batch_message m{};
  do {
    if (!next_in_batch(cursor, &m)) return false;
    prepared &p = s.items.emplace_back(a, p_.queues.name(a.topic), m.body, cursor.left != 0);
    p.in.own_props = m.props;
    p.in.flag = m.flag;
    measure(p, s);
    if (p.state != STN_OK) return false;
  } while (cursor.left != 0);
  return true;
}

}  // namespace stn::store_mmap
