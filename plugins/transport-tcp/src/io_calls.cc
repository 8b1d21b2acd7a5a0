// Requests of our own to peers, and their answers.
#include <algorithm>

#include "io_shard.h"

namespace stn::transport_tcp {

namespace {

// Queues one request on the connection; bodies are copied.
void enqueue(connection *c, const stn_call &q, int32_t opaque, bool oneway) {
  size_t body = 0;
  for (uint32_t i = 0; i < q.n_body; i++) body += q.body[i].len;
  protocol::outgoing o;
  o.code = q.code;
  o.opaque = opaque;
  o.flag = oneway ? protocol::k_flag_oneway : 0;
  o.fields = protocol::fields_from(q.fields, q.n_fields).data();
  o.n_fields = q.n_fields;
  o.body_len = body;
  const size_t room = protocol::encoded_size_max(o);
  char *at = c->out.reserve(room + body);
  size_t n = protocol::encode_command(o, at, room);
  for (uint32_t i = 0; i < q.n_body; i++) {
    std::copy_n(static_cast<const char *>(q.body[i].data), q.body[i].len, at + n);
    n += q.body[i].len;
  }
  c->out.commit(n);
}

}  // namespace

void io_shard::start_call(connection *c, const stn_call &q, uint64_t user, const stn_sink *k) {
  pending_call p{c, next_opaque_, user, k, shared_->kernel.mono_ns() + q.timeout_ns};
  next_opaque_ = next_opaque_ == INT32_MAX ? 1 : next_opaque_ + 1;
  if (!c->open) {
    complete(p, STN_E_CLOSED, nullptr);
    return;
  }
  enqueue(c, q, p.opaque, false);
  c->calls++;
  calls_.push_back(p);
  mark_dirty(c);
}

void io_shard::send_push(connection *c, const stn_call &q) {
  if (!c->open) return;
  enqueue(c, q, next_opaque_, true);
  next_opaque_ = next_opaque_ == INT32_MAX ? 1 : next_opaque_ + 1;
  mark_dirty(c);
}

void io_shard::take_answer(connection *c, const protocol::frame &f, const protocol::command &cmd) {
  for (size_t i = 0; i < calls_.size(); i++) {
    if (calls_[i].conn != c || calls_[i].opaque != cmd.opaque) continue;
    const pending_call p = calls_[i];
    calls_[i] = calls_.back();
    calls_.pop_back();
    c->calls--;
    stn_answer a{};
    a.size = sizeof(a);
    a.code = cmd.code;
    a.fields = protocol::pairs_from<stn_kv>(cmd.fields);
    a.n_fields = static_cast<uint32_t>(cmd.n_fields);
    a.version = static_cast<uint16_t>(cmd.version);
    a.remark = str(cmd.remark);
    a.body = slice(f.body);
    complete(p, STN_OK, &a);
    return;
  }
  shared_->count.add(shared_->count.answers_late, 1);
}

void io_shard::expire_calls(uint64_t now) {
  for (size_t i = calls_.size(); i-- > 0;) {
    if (calls_[i].deadline_ns > now) continue;
    const pending_call p = calls_[i];
    calls_[i] = calls_.back();
    calls_.pop_back();
    p.conn->calls--;
    complete(p, STN_E_TIMEOUT, nullptr);
    if (i > calls_.size()) i = calls_.size();  // the completion may have failed others
  }
}

void io_shard::fail_calls(connection *c, stn_status why) {
  for (size_t i = calls_.size(); i-- > 0 && c->calls > 0;) {
    if (calls_[i].conn != c) continue;
    const pending_call p = calls_[i];
    calls_[i] = calls_.back();
    calls_.pop_back();
    c->calls--;
    complete(p, why, nullptr);
    i = calls_.size();
  }
}

void io_shard::complete(const pending_call &p, stn_status st, const stn_answer *a) {
  stn_cqe e{};
  e.user = p.user;
  e.status = st;
  e.obj = const_cast<stn_answer *>(a);
  p.sink->complete(p.sink, &e, 1);
}

}  // namespace stn::transport_tcp
