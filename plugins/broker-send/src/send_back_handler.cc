#include "send_back_handler.h"

#include <random>

#include "send_back_record.h"
#include "send_record.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/field.h"
#include "stanchion/protocol/version.h"

namespace stn::broker_send {
namespace {

namespace rc = protocol::response_code;

constexpr int32_t k_read_write = STN_PERM_READ | STN_PERM_WRITE;

void respond(const stn_req_ops *ops, stn_req *r, const refusal &why) {
  stn_resp resp{};
  resp.code = why.code;
  if (!why.remark.empty()) resp.remark = str(why.remark);
  ops->respond_n(&r, &resp, 1);
}

int32_t random_queue(int32_t queues) {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return static_cast<int32_t>(engine() % static_cast<uint32_t>(queues));
}

// A record of the store that is given back when its reader is done.
class pinned_record {
 public:
  ~pinned_record() {
    if (bytes_.owner != nullptr) bytes_.owner->ops->release(bytes_.owner, 1);
  }
  pinned_record() = default;
  pinned_record(const pinned_record &) = delete;

  bool read(const iface<stn_store_api> &store, int64_t phys, protocol::record_view *out) {
    if (store->read(store.self, phys, &bytes_, nullptr) != STN_OK) {
      bytes_ = {};
      return false;
    }
    const std::string_view range(static_cast<const char *>(bytes_.data), bytes_.len);
    return protocol::decode_record(range, out).ok();
  }

 private:
  stn_bslice bytes_{};
};

}  // namespace

send_back_handler::send_back_handler(context &c)
    : context_(c),
      sink_{{sizeof(stn_sink), STN_VER(1, 0)},
            this,
            [](const stn_sink *s, const stn_cqe *v, uint32_t n) {
              static_cast<send_back_handler *>(s->ctx)->complete(v, n);
            }},
      pending_(c) {}

void send_back_handler::handle(const stn_req_batch *b) {
  for (uint32_t i = 0; i < b->n; i++) handle_one(b->ops, b->req[i], *b->view[i]);
}

void send_back_handler::handle_one(const stn_req_ops *ops, stn_req *r, const stn_req_view &view) {
  auto refuse = [&](const refusal &why) {
    if (why.code != rc::success) context_.counts.refused(why.code, 1);
    respond(ops, r, why);
  };
  protocol::send_back_header h;
  const auto ok = protocol::decode(protocol::fields_from(view.fields, view.n_fields), &h);
  if (!ok.ok()) {
    return refuse({rc::system_error, "the request header is not valid: field " +
                                         std::string(ok.name) + ": " +
                                         std::string(protocol::describe(ok.code))});
  }
  const std::string name(h.group);
  stn_group group{};
  if (context_.groups->group(context_.groups.self, str(name), &group, nullptr) != STN_OK) {
    return refuse({rc::subscription_group_not_exist,
                   "subscription group not exist, " + name + " " + std::string(k_see_faq)});
  }
  // A group without retry queues does not want its failures back.
  if (group.retry_queues <= 0) return refuse({});
  target to{};
  refusal why = find_retry_queue(name, group.retry_queues, &to);
  if (!why.refused()) why = store_copy(ops, r, view, h, group, std::move(to));
  if (why.refused()) refuse(why);
}

refusal send_back_handler::find_retry_queue(const std::string &group, int32_t queues, target *out) {
  out->name = std::string(k_retry_prefix) + group;
  out->queue = random_queue(queues);
  stn_topic topic{};
  const auto &topics = context_.topics;
  if (topics->ensure(topics.self, str(out->name), queues, k_read_write, &topic, nullptr) !=
      STN_OK) {
    return {rc::system_error, "topic[" + out->name + "] not exist"};
  }
  if ((topic.perm & STN_PERM_WRITE) == 0) {
    return {rc::no_permission, "the topic[" + out->name + "] sending message is forbidden"};
  }
  out->topic = topic.id;
  return {};
}

refusal send_back_handler::find_dead_letters(const std::string &group, target *out) {
  out->name = std::string(k_dead_letter_prefix) + group;
  out->queue = 0;
  stn_topic topic{};
  const auto &topics = context_.topics;
  if (topics->ensure(topics.self, str(out->name), k_dead_letter_queues, k_read_write, &topic,
                     nullptr) != STN_OK) {
    return {rc::system_error, "topic[" + out->name + "] not exist"};
  }
  out->topic = topic.id;
  return {};
}

refusal send_back_handler::store_copy(const stn_req_ops *ops, stn_req *r, const stn_req_view &view,
                                      const protocol::send_back_header &h, const stn_group &group,
                                      target to) {
  pinned_record pinned;
  protocol::record_view message;
  if (!pinned.read(context_.store, h.offset, &message)) {
    return {rc::system_error, "look message by offset failed, " + std::to_string(h.offset)};
  }
  const bool asked =
      view.version >= protocol::k_version_max_reconsume_times && h.max_reconsume_times >= 0;
  const send_back_rules rules = {h.delay_level, asked ? h.max_reconsume_times : group.retry_max};
  const bool given_up = is_given_up(message, rules);
  if (given_up) {
    if (refusal why = find_dead_letters(std::string(h.group), &to); why.refused()) return why;
  }
  const std::string properties =
      send_back_properties(message, given_up ? 0 : next_delay_level(message, rules));
  stn_append record = send_back_record(context_, message, properties, to.topic, to.queue);
  return submit(ops, r, view, &record, !given_up);
}

refusal send_back_handler::submit(const stn_req_ops *ops, stn_req *r, const stn_req_view &view,
                                  stn_append *record, bool delayed) {
  const uint32_t topic_before = record->topic;
  stn_verdict verdict{};
  std::string memory(context_.hooks.size() * STN_HOOK_SCRATCH, '\0');
  stn_scratch scratch = {memory.data(), memory.data() + memory.size()};
  for (const auto &hook : context_.hooks) {
    hook->before_append(hook.self, record, &verdict, 1, &scratch);
  }
  if (verdict.code != 0) return {verdict.code, std::string(stn::view(verdict.remark))};
  if (refusal why = check_wishes({delayed, false}, topic_before, *record); why.refused()) {
    return {rc::system_error, why.remark};  // the consumer then keeps the message and tries again
  }
  record->user = reinterpret_cast<uint64_t>(r);
  waiting_of(r)->ops = ops;
  const auto &exec = context_.exec;
  stn_exec *home =
      exec->io(exec.self, static_cast<uint32_t>(view.conn_id % exec->io_count(exec.self)));
  pending_.add(1);
  const stn_status st =
      context_.store->append(context_.store.self, record, 1, home, &sink_, nullptr);
  if (st == STN_OK) return {};
  pending_.finish(1);
  return {rc::system_error, failed_append(context_, st).remark};
}

void send_back_handler::complete(const stn_cqe *v, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    auto *r = reinterpret_cast<stn_req *>(v[i].user);
    const stn_req_ops *ops = waiting_of(r)->ops;
    refusal why;
    if (v[i].status != STN_OK) {
      why = {rc::system_error, failed_append(context_, v[i].status).remark};
      context_.counts.refused(why.code, 1);
    } else {
      context_.counts.sent_back(1);
    }
    respond(ops, r, why);
  }
  pending_.finish(n);
}

}  // namespace stn::broker_send
