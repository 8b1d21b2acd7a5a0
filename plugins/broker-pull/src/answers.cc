#include "answers.h"

#include <algorithm>

#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/codes.h"

namespace stn::broker_pull {
namespace {

namespace rc = protocol::response_code;

constexpr uint32_t k_slices_min = 2048;

}  // namespace

meaning meaning_of(const pull_read &r, const stn_fetched &f) {
  switch (f.outcome) {
    case STN_FETCHED_FOUND:
      return {rc::success, "FOUND", f.next};
    case STN_FETCHED_NO_MATCH:
      return {rc::pull_retry_immediately, "NO_MATCHED_MESSAGE", f.next};
    case STN_FETCHED_REMOVED:
      return {rc::pull_retry_immediately, "MESSAGE_WAS_REMOVING", f.next};
    case STN_FETCHED_NO_QUEUE:
      return {r.asked == 0 ? rc::pull_not_found : rc::pull_offset_moved, "NO_MATCHED_LOGIC_QUEUE",
              0};
    case STN_FETCHED_EMPTY:
      return {r.asked == 0 ? rc::pull_not_found : rc::pull_offset_moved, "NO_MESSAGE_IN_QUEUE", 0};
    case STN_FETCHED_BELOW_MIN:
      return {rc::pull_offset_moved, "OFFSET_TOO_SMALL", f.min};
    case STN_FETCHED_AT_END:
      return {rc::pull_not_found, "OFFSET_OVERFLOW_ONE", r.from};
    case STN_FETCHED_BEYOND:
      return {rc::pull_offset_moved, "OFFSET_OVERFLOW_BADLY", f.max};
    default:
      return {rc::system_error, "the store gave an outcome that is not known", r.from};
  }
}

void release_slices(const stn_fetched &f) {
  for (uint32_t i = 0; i < f.n_slices; i++) {
    if (stn_owner *o = f.slices[i].owner; o != nullptr) o->ops->release(o, 1);
  }
}

answer_batch::answer_batch(const context &c)
    : context_(c),
      slices_max_(std::max(k_slices_min, c.max_msgs)),
      slices_(new stn_bslice[slices_max_]) {}

bool answer_batch::has_room() const {
  return n_ < k_answers && slices_max_ - n_slices_ >= context_.max_msgs;
}

stn_fetched answer_batch::fetch_target() {
  stn_fetched f{};
  f.size = sizeof(f);
  f.cap = context_.max_msgs;
  f.slices = &slices_[n_slices_];
  return f;
}

stn_resp *answer_batch::start(const stn_req_ops *ops, stn_req *r, int32_t code) {
  if (n_ == k_answers || (n_ > 0 && ops != ops_)) send();
  ops_ = ops;
  req_[n_] = r;
  resp_[n_] = {code, 0, {nullptr, 0}, nullptr, nullptr, 0, 0};
  return &resp_[n_++];
}

void answer_batch::add(const pull_read &r, const stn_fetched &f, const meaning &m) {
  if (n_ > 0 && r.ops != ops_) {
    // The slices of f stay where they are: send() only forgets them after the call.
    const uint32_t own = static_cast<uint32_t>(f.slices - slices_.get());
    send();
    n_slices_ = own;
  }
  const uint32_t i = n_;
  stn_resp *resp = start(r.ops, r.req, m.code);
  resp->remark = str(m.remark);
  const std::pair<const char *, int64_t> numbers[k_fields] = {
      {"suggestWhichBrokerId", 0},
      {"nextBeginOffset", m.next},
      {"maxOffset", f.max},
      {"minOffset", f.min},
  };
  char *at = text_[i];
  for (uint32_t k = 0; k < k_fields; k++) {
    char *end = protocol::format_int(at, numbers[k].second);
    fields_[i][k] = {str(numbers[k].first), {at, static_cast<size_t>(end - at)}};
    at = end;
  }
  resp->fields = fields_[i];
  resp->n_fields = k_fields;
  if (m.code == rc::success) {
    resp->body = f.slices;
    resp->n_body = f.n_slices;
    n_slices_ += f.n_slices;
  } else {
    release_slices(f);
  }
  count(m.code, f);
}

void answer_batch::refuse(const stn_req_ops *ops, stn_req *r, const refusal &why) {
  stn_resp *resp = start(ops, r, why.code);
  kept_.push_front(why.remark);
  resp->remark = str(kept_.front());
  tally_.failed++;
}

void answer_batch::count(int32_t code, const stn_fetched &f) {
  switch (code) {
    case rc::success:
      tally_.found++;
      tally_.messages += f.n_msgs;
      tally_.bytes += static_cast<int64_t>(f.bytes);
      break;
    case rc::pull_not_found:
      tally_.not_found++;
      break;
    case rc::pull_retry_immediately:
      tally_.retry++;
      break;
    case rc::pull_offset_moved:
      tally_.moved++;
      break;
    default:
      tally_.failed++;
      break;
  }
  tally_.corrupt += f.n_corrupt;
}

void answer_batch::send() {
  if (n_ == 0) return;
  const uint32_t n = n_;
  n_ = 0;
  n_slices_ = 0;
  ops_->respond_n(req_, resp_, n);
  kept_.clear();
  context_.counts.add(tally_);
  tally_ = {};
}

}  // namespace stn::broker_pull
