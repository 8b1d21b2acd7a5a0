#include "send_reply.h"

#include <chrono>
#include <forward_list>

#include "send_record.h"
#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/message_id.h"

namespace stn::broker_send {
namespace {

namespace rc = protocol::response_code;

constexpr uint32_t k_fields = 5;
constexpr uint32_t k_failure_fields = 2;

// Answers that leave with one call, with the memory of their texts. Not initialised: only what is used is touched.
class reply_batch {
 public:
  explicit reply_batch(context &c) : context_(c) {}

  bool full() const { return n_ == STN_BATCH_MAX; }
  const stn_req_ops *ops() const { return ops_; }

  // One stored message; status is STN_OK or STN_E_TIMEOUT.
  void stored(const stn_req_ops *ops, stn_req *r, int32_t queue, const stn_cqe &e) {
    char *id = text_[n_] + k_numbers_size;
    const size_t len = protocol::format_message_id(view(context_.identity->store_host), e.r[0], id);
    add_stored(ops, r, e.status, queue, e.r[1], {id, len});
  }
  // A client batch with the ids of its messages.
  void stored(const stn_req_ops *ops, stn_req *r, stn_status status, int32_t queue, int64_t offset,
              std::string ids) {
    kept_.push_front(std::move(ids));
    add_stored(ops, r, status, queue, offset, kept_.front());
  }
  void failed(const stn_req_ops *ops, stn_req *r, const refusal &why) {
    start(ops, r, why.code);
    kept_.push_front(why.remark);
    resp_[n_].remark = str(kept_.front());
    resp_[n_++].n_fields = k_failure_fields;
    context_.counts.refused(why.code, 1);
  }

  void send() {
    if (n_ > 0) ops_->respond_n(req_, resp_, n_);
    n_ = 0;
    kept_.clear();
  }

 private:
  stn_kv *start(const stn_req_ops *ops, stn_req *r, int32_t code) {
    ops_ = ops;
    req_[n_] = r;
    stn_kv *f = fields_[n_];
    f[0] = {str("MSG_REGION"), str(context_.region)};
    f[1] = {str("TRACE_ON"), str(context_.trace_on)};
    resp_[n_] = {code, 0, {nullptr, 0}, f, nullptr, 0, 0};
    return f;
  }
  void add_stored(const stn_req_ops *ops, stn_req *r, stn_status status, int32_t queue,
                  int64_t offset, std::string_view ids) {
    const bool late = status == STN_E_TIMEOUT;
    if (late) context_.counts.refused(rc::flush_disk_timeout, 1);
    stn_kv *f = start(ops, r, late ? rc::flush_disk_timeout : rc::success);
    char *text = text_[n_];
    char *end = protocol::format_int(text, queue);
    f[2] = {str("queueId"), {text, static_cast<size_t>(end - text)}};
    text = end;
    end = protocol::format_int(text, offset);
    f[3] = {str("queueOffset"), {text, static_cast<size_t>(end - text)}};
    f[4] = {str("msgId"), str(ids)};
    resp_[n_++].n_fields = k_fields;
  }

  static constexpr size_t k_numbers_size = 2 * protocol::k_int_text_max;

  context &context_;
  const stn_req_ops *ops_ = nullptr;
  uint32_t n_ = 0;
  stn_req *req_[STN_BATCH_MAX];
  stn_resp resp_[STN_BATCH_MAX];
  stn_kv fields_[STN_BATCH_MAX][k_fields];
  char text_[STN_BATCH_MAX][k_numbers_size + protocol::k_message_id_max];
  std::forward_list<std::string> kept_;  // texts of rare answers, until they are sent
};

bool is_stored(stn_status s) { return s == STN_OK || s == STN_E_TIMEOUT; }

// Adds one message of a client batch to what was stored before.
void add_to_batch(const context &c, waiting_send *w, const stn_cqe &e) {
  char id[protocol::k_message_id_max];
  const size_t len = protocol::format_message_id(view(c.identity->store_host), e.r[0], id);
  if (w->ids == nullptr) {
    w->ids = new std::string();
    w->first_offset = e.r[1];
  } else {
    w->ids->push_back(',');
  }
  w->ids->append(id, len);
  w->stored++;
  if (e.status != STN_OK) w->worst = e.status;
}

// The answer for one completion; false if the request waits for more. Counts stored messages.
bool answer(const context &c, const stn_cqe &e, reply_batch *out, uint64_t *stored) {
  auto *r = reinterpret_cast<stn_req *>(e.user);
  waiting_send *w = waiting_of(r);
  if (!is_stored(e.status)) {
    delete w->ids;
    out->failed(w->ops, r, failed_append(c, e.status));
    return true;
  }
  const bool more = (e.flags & STN_CQE_MORE) != 0;
  if (!more && w->ids == nullptr) {
    *stored += 1;
    out->stored(w->ops, r, w->queue, e);
    return true;
  }
  add_to_batch(c, w, e);
  if (more) return false;
  *stored += w->stored;
  out->stored(w->ops, r, w->worst, w->queue, w->first_offset, std::move(*w->ids));
  delete w->ids;
  return true;
}

}  // namespace

refusal failed_append(const context &c, stn_status why) {
  const std::string unavailable = "service not available now. ";
  switch (why) {
    case STN_E_INVALID:
      return illegal_message(c);
    case STN_E_BUSY:
      return {rc::system_busy, "[REJECTREQUEST]system busy, start flow control for a while"};
    case STN_E_NO_SPACE:
      return {rc::service_not_available, unavailable + "The broker's disk is full."};
    case STN_E_IO:
      return {rc::service_not_available,
              unavailable +
                  "The store is read-only since its device failed; whether the message "
                  "was stored is not known."};
    case STN_E_CLOSED:
      return {rc::service_not_available, unavailable + "The message store has been shut down."};
    default:
      return {rc::system_error, "the message was not stored, status " + std::to_string(why)};
  }
}

send_replies::send_replies(context &c)
    : context_(c),
      sink_{{sizeof(stn_sink), STN_VER(1, 0)},
            this,
            [](const stn_sink *s, const stn_cqe *v, uint32_t n) {
              static_cast<send_replies *>(s->ctx)->complete(v, n);
            }},
      pending_(c) {}

void send_replies::complete(const stn_cqe *v, uint32_t n) {
  reply_batch out(context_);
  uint64_t stored = 0;
  uint32_t answered = 0;
  for (uint32_t i = 0; i < n; i++) {
    const auto *w = waiting_of(reinterpret_cast<stn_req *>(v[i].user));
    if (out.full() || w->ops != out.ops()) out.send();
    answered += answer(context_, v[i], &out, &stored) ? 1 : 0;
  }
  out.send();
  if (stored > 0) context_.counts.stored(stored);
  pending_.finish(answered);
}

void send_replies::refuse(const stn_req_ops *ops, stn_req *const *r, const refusal *why,
                          uint32_t n) {
  reply_batch out(context_);
  for (uint32_t i = 0; i < n; i++) {
    if (out.full()) out.send();
    out.failed(ops, r[i], why[i]);
  }
  out.send();
}

void pending_appends::finish(uint32_t n) {
  if (n == 0 || n_.fetch_sub(n, std::memory_order_acq_rel) != n) return;
  std::lock_guard lock(mutex_);
  idle_.notify_all();
}

bool pending_appends::wait_idle(uint64_t deadline_ns) {
  std::unique_lock lock(mutex_);
  while (n_.load(std::memory_order_acquire) != 0) {
    const uint64_t now = context_.services.mono_ns();
    if (now >= deadline_ns) return false;
    idle_.wait_for(lock, std::chrono::nanoseconds(deadline_ns - now));
  }
  return true;
}

}  // namespace stn::broker_send
