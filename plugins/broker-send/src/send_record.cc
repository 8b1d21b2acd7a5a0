#include "send_record.h"

#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/properties.h"
#include "stanchion/protocol/sysflags.h"

namespace stn::broker_send {
namespace {

namespace rc = protocol::response_code;
namespace property = protocol::property;

constexpr size_t k_parts_max = 2;  // of properties after one entry was cut out

bool is_true(std::string_view text) {
  if (text.size() != 4) return false;
  return (text[0] | 0x20) == 't' && (text[1] | 0x20) == 'r' && (text[2] | 0x20) == 'u' &&
         (text[3] | 0x20) == 'e';
}

bool is_positive(std::string_view text) {
  int32_t n = 0;
  return protocol::parse_int(text, &n) && n > 0;
}

// A host of 20 bytes is an IPv6 one; the flags tell readers.
int32_t with_host_flags(int32_t sysflag, const stn_append &a) {
  constexpr size_t k_v6 = 20;
  sysflag &= ~(protocol::k_msg_born_host_v6 | protocol::k_msg_store_host_v6);
  if (a.born_host.len == k_v6) sysflag |= protocol::k_msg_born_host_v6;
  if (a.store_host.len == k_v6) sysflag |= protocol::k_msg_store_host_v6;
  return sysflag;
}

// Properties as slices, and their total length.
class property_slices {
 public:
  explicit property_slices(stn_append *out) : out_(out) {}

  void add(std::string_view part) {
    if (part.empty()) return;
    out_->props[out_->n_props++] = slice(part);
    size_ += part.size();
    last_ = part.back();
  }
  // `properties` but for the entry called `name`.
  void add_without(std::string_view properties, std::string_view name) {
    std::string_view parts[k_parts_max];
    const size_t n = protocol::without_property(properties, name, parts, k_parts_max);
    for (size_t i = 0; i < n; i++) add(parts[i]);
  }
  // Properties that end without a separator need one before the next entry.
  void add_cluster(std::string_view entry) {
    const bool separated = size_ == 0 || last_ == protocol::k_property_end;
    add(separated ? entry.substr(1) : entry);
  }
  size_t size() const { return size_; }

 private:
  stn_append *out_;
  size_t size_ = 0;
  char last_ = 0;
};

void fill_properties(const context &c, const protocol::send_header &h,
                     const protocol::send_properties &p, bool dead_letter,
                     property_slices *slices) {
  std::string_view rest = h.properties;
  if (p.wait_entry.data() != nullptr) {
    const std::string_view before(rest.data(), p.wait_entry.data() - rest.data());
    rest.remove_prefix(before.size() + p.wait_entry.size());
    if (dead_letter) {
      slices->add_without(before, property::delay);
    } else {
      slices->add(before);
    }
  }
  if (dead_letter) {
    slices->add_without(rest, property::delay);
  } else {
    slices->add(rest);
  }
  slices->add_cluster(c.cluster_entry);
}

}  // namespace

refusal illegal_message(const context &c) {
  return {rc::message_illegal,
          "the message is illegal, maybe msg body or properties length not matched. msg body "
          "length limit " +
              std::to_string(c.max_message_size) + "B, msg properties length limit 32KB."};
}

refusal make_record(const context &c, const protocol::send_header &h, const stn_req_view &view,
                    const destination &to, stn_append *out, special_wishes *wishes) {
  protocol::send_properties p;
  protocol::scan_properties(h.properties, &p);
  out->topic = to.topic;
  out->queue = to.queue;
  out->flag = h.flag;
  out->born_ms = h.born_ms;
  out->born_host = view.born_host;
  out->store_host = c.identity->store_host;
  out->sysflag = with_host_flags(h.sys_flag, *out);
  out->body = view.body;
  out->prepared_phys = 0;
  out->reconsume = h.reconsume_times;
  out->flags = h.batch ? STN_APPEND_BATCH : 0;
  if (!p.wait.empty() && !is_true(p.wait)) out->flags |= STN_APPEND_NO_WAIT;
  out->n_props = 0;
  out->reserved = 0;
  property_slices slices(out);
  fill_properties(c, h, p, to.dead_letter, &slices);
  if (view.body.len > c.max_message_size || slices.size() > protocol::k_properties_max) {
    return illegal_message(c);
  }
  // Once committed, a message keeps its mark: when a consumer returns it, it is an ordinary one.
  wishes->delay = !to.dead_letter && is_positive(p.delay);
  const bool returned = h.reconsume_times > 0 && (wishes->delay || to.dead_letter);
  wishes->transaction =
      (is_true(p.transaction_prepared) && !returned) ||
      (protocol::transaction_type(h.sys_flag) & protocol::k_msg_trans_prepared) != 0;
  if (h.batch && (wishes->delay || wishes->transaction)) return illegal_message(c);
  return {};
}

refusal check_wishes(const special_wishes &wishes, uint32_t topic_before,
                     const stn_append &record) {
  if (record.topic != topic_before) return {};  // a hook has taken the message over
  if (wishes.transaction) {
    return {rc::no_permission,
            "transaction messages are not supported by this broker: no plugin serves them"};
  }
  if (wishes.delay) {
    return {rc::message_illegal,
            "delayed messages are not supported by this broker: no plugin serves them"};
  }
  return {};
}

}  // namespace stn::broker_send
