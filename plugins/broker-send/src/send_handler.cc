#include "send_handler.h"

#include <string>

#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/field.h"

namespace stn::broker_send {
namespace {

namespace rc = protocol::response_code;

protocol::outcome decode_request(const stn_req_view &view, protocol::send_header *out) {
  const auto fields = protocol::fields_from(view.fields, view.n_fields);
  *out = {};
  return view.code == protocol::request_code::send_message ? protocol::decode(fields, out)
                                                           : protocol::decode_v2(fields, out);
}

refusal broken_header(const protocol::outcome &bad) {
  return {rc::system_error, "the request header is not valid: field " + std::string(bad.name) +
                                ": " + std::string(protocol::describe(bad.code))};
}

}  // namespace

struct send_handler::workspace {
  stn_exec *home = nullptr;
  uint64_t random = 0;

  // By position in the batch.
  protocol::send_header header[STN_BATCH_MAX];
  uint32_t run_of[STN_BATCH_MAX];
  bool refused[STN_BATCH_MAX];

  // Runs of equal topics.
  uint32_t n_runs = 0;
  uint32_t first_of[STN_BATCH_MAX];
  topic_run run[STN_BATCH_MAX];
  stn_str run_name[STN_BATCH_MAX];
  stn_topic run_topic[STN_BATCH_MAX];

  // What goes to the store.
  uint32_t n_records = 0;
  stn_append record[STN_BATCH_MAX];
  special_wishes wishes[STN_BATCH_MAX];
  uint32_t topic_before[STN_BATCH_MAX];
  stn_verdict verdict[STN_BATCH_MAX];
  std::vector<char> hook_memory;

  // What is answered at once.
  uint32_t n_refusals = 0;
  stn_req *refused_req[STN_BATCH_MAX];
  refusal refusals[STN_BATCH_MAX];

  // A queue in [0, n): xorshift, good enough to spread messages.
  int32_t random_queue(int32_t n) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return n > 0 ? static_cast<int32_t>(random % static_cast<uint32_t>(n)) : 0;
  }
};

send_handler::send_handler(context &c, send_replies &replies) : context_(c), replies_(replies) {}
send_handler::~send_handler() = default;

void send_handler::start() {
  const auto &exec = context_.exec;
  for (uint32_t i = 0; i < exec->io_count(exec.self); i++) {
    auto w = std::make_unique<workspace>();
    w->home = exec->io(exec.self, i);
    w->random = context_.services.mono_ns() * 2 + 1 + i;
    w->hook_memory.resize(context_.hooks.size() * STN_BATCH_MAX * STN_HOOK_SCRATCH);
    workspaces_.push_back(std::move(w));
  }
}

send_handler::workspace &send_handler::workspace_of(stn_exec *home) {
  size_t i = 0;
  while (i < workspaces_.size() && workspaces_[i]->home != home) i++;
  STN_CHECK(i < workspaces_.size());
  return *workspaces_[i];
}

void send_handler::handle(const stn_req_batch *b) {
  workspace &w = workspace_of(b->home);
  w.n_runs = w.n_records = w.n_refusals = 0;
  decode_all(b, &w);
  settle_topics(&w);
  admit_all(b, &w);
  run_hooks(&w);
  drop_refused(&w);
  // Refusals first: once the append is under way the workspace may serve the next batch.
  replies_.refuse(b->ops, w.refused_req, w.refusals, w.n_refusals);
  append(b, &w);
}

void send_handler::decode_all(const stn_req_batch *b, workspace *w) {
  for (uint32_t i = 0; i < b->n; i++) {
    const protocol::outcome ok = decode_request(*b->view[i], &w->header[i]);
    w->refused[i] = !ok.ok();
    if (w->refused[i]) {
      refuse(b, w, i, broken_header(ok));
      continue;
    }
    const std::string_view topic = w->header[i].topic;
    if (w->n_runs == 0 || w->run[w->n_runs - 1].name != topic) {
      w->run[w->n_runs].name = topic;
      w->run_name[w->n_runs] = str(topic);
      w->first_of[w->n_runs++] = i;
    }
    w->run_of[i] = w->n_runs - 1;
  }
}

void send_handler::settle_topics(workspace *w) {
  if (w->n_runs == 0) return;
  const auto &topics = context_.topics;
  topics->lookup(topics.self, w->run_name, w->n_runs, w->run_topic);
  for (uint32_t k = 0; k < w->n_runs; k++) {
    w->run[k].topic = w->run_topic[k];
    settle_topic(context_, w->header[w->first_of[k]], &w->run[k]);
  }
}

void send_handler::admit_all(const stn_req_batch *b, workspace *w) {
  for (uint32_t i = 0; i < b->n; i++) {
    if (w->refused[i]) continue;
    waiting_send *reply = waiting_of(b->req[i]);
    reply->ops = b->ops;
    refusal why = admit(*b->view[i], w, i, reply);
    if (why.refused()) {
      refuse(b, w, i, std::move(why));
      continue;
    }
    w->record[w->n_records].user = reinterpret_cast<uint64_t>(b->req[i]);
    w->topic_before[w->n_records] = w->record[w->n_records].topic;
    w->verdict[w->n_records++] = {};
  }
}

// Fills the next record for message i of the batch.
refusal send_handler::admit(const stn_req_view &view, workspace *w, uint32_t i,
                            waiting_send *reply) {
  const protocol::send_header &h = w->header[i];
  const topic_run &run = w->run[w->run_of[i]];
  if (run.why.refused()) return run.why;
  if (refusal why = check_queue(h, run, stn::view(view.peer)); why.refused()) return why;
  reply->queue = h.queue_id >= 0 ? h.queue_id : w->random_queue(run.topic.write_queues);
  destination to = {run.topic.id, reply->queue, false};
  if (!h.batch && h.topic.starts_with(k_retry_prefix)) {
    if (refusal why = redirect_retry(context_, h, view.version, &to); why.refused()) return why;
  }
  return make_record(context_, h, view, to, &w->record[w->n_records], &w->wishes[w->n_records]);
}

void send_handler::run_hooks(workspace *w) {
  if (w->n_records == 0) return;
  stn_scratch memory = {w->hook_memory.data(), w->hook_memory.data() + w->hook_memory.size()};
  for (const auto &hook : context_.hooks) {
    hook->before_append(hook.self, w->record, w->verdict, w->n_records, &memory);
  }
}

// Takes out what a hook refused, or what asked for a service that no hook gave.
void send_handler::drop_refused(workspace *w) {
  uint32_t kept = 0;
  for (uint32_t k = 0; k < w->n_records; k++) {
    refusal why;
    if (w->verdict[k].code != 0) {
      why = {w->verdict[k].code, std::string(stn::view(w->verdict[k].remark))};
    } else {
      why = check_wishes(w->wishes[k], w->topic_before[k], w->record[k]);
    }
    if (why.refused()) {
      w->refused_req[w->n_refusals] = reinterpret_cast<stn_req *>(w->record[k].user);
      w->refusals[w->n_refusals++] = std::move(why);
      continue;
    }
    if (kept != k) w->record[kept] = w->record[k];
    kept++;
  }
  w->n_records = kept;
}

void send_handler::refuse(const stn_req_batch *b, workspace *w, uint32_t i, refusal why) {
  w->refused_req[w->n_refusals] = b->req[i];
  w->refusals[w->n_refusals++] = std::move(why);
}

void send_handler::append(const stn_req_batch *b, workspace *w) {
  const uint32_t n = w->n_records;
  if (n == 0) return;
  const auto &store = context_.store;
  replies_.pending().add(n);
  const stn_status st = store->append(store.self, w->record, n, b->home, replies_.sink(), nullptr);
  if (st == STN_OK) return;
  refusal why[1] = {failed_append(context_, st)};
  for (uint32_t k = 0; k < n; k++) {
    auto *r = reinterpret_cast<stn_req *>(w->record[k].user);
    replies_.refuse(b->ops, &r, why, 1);
  }
  replies_.pending().finish(n);
}

}  // namespace stn::broker_send
