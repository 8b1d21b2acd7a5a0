// stanchion/sdk/testing/fake_requests.h - requests without a transport, for unit tests of processors.
//
//   stn::testing::fake_requests rq(h.exec().io(0));
//   rq.add({.code = 34, .fields = {{"group", "g"}}, .body = "..."});
//   rq.handle(api, self);                 // all that were added, as one batch
//   EXPECT_EQ(rq.answer(0).code, 0);      // answers by index of add(), whenever they come
//
// An answered request is freed; a second answer to it aborts the test. Answers may come from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "stanchion/request.h"
#include "stanchion/sdk/host.h"

namespace stn::testing {

struct fake_request {
  int32_t code = 0;
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string body = {};
  std::string remark = {};
  uint32_t flags = 0;  // STN_REQ_*
  uint32_t scope = 1;
  uint16_t language = 0;
  uint16_t version = 401;
  uint64_t conn_id = 1;
  stn_conn *conn = nullptr;
  std::string peer = "10.0.0.7:53112";
  std::string born_host = std::string("\x0a\x00\x00\x07\x00\x00\xcf\x78", 8);
};

struct fake_answer {
  bool given = false;
  stn_status rejected = STN_OK;  // set by reject_n
  int32_t code = -1;
  bool has_remark = false;
  std::string remark;
  std::map<std::string, std::string> fields;
  std::string body;
};

class fake_requests {
 public:
  explicit fake_requests(stn_exec *home) : home_(home) {}
  fake_requests(const fake_requests &) = delete;

  // Returns the index that answer() takes.
  size_t add(fake_request q) {
    auto s = std::make_unique<slot>();
    s->owner = this;
    s->index = slots_.size();
    s->q = std::move(q);
    for (auto &[k, v] : s->q.fields) s->kv.push_back({str(k), str(v)});
    fill_view(s.get());
    slots_.push_back(std::move(s));
    answers_.emplace_back();
    return slots_.size() - 1;
  }

  // Hands everything added since the last call to the processor as one batch.
  void handle(const stn_processor_api *api, void *self) {
    std::vector<stn_req *> reqs;
    std::vector<const stn_req_view *> views;
    for (; next_ < slots_.size(); next_++) {
      reqs.push_back(&slots_[next_]->req);
      views.push_back(&slots_[next_]->view);
    }
    stn_req_batch b{};
    b.size = sizeof(b);
    b.n = static_cast<uint32_t>(reqs.size());
    b.ops = ops();
    b.req = reqs.data();
    b.view = views.data();
    b.home = home_;
    if (b.n > 0) api->handle(self, &b);
  }

  // One request, handled at once.
  fake_answer call(const stn_processor_api *api, void *self, fake_request q) {
    const size_t i = add(std::move(q));
    handle(api, self);
    return answer(i);
  }

  fake_answer answer(size_t i) const {
    std::lock_guard lock(mutex_);
    return answers_.at(i);
  }
  size_t answered() const {
    std::lock_guard lock(mutex_);
    size_t n = 0;
    for (auto &a : answers_) n += a.given ? 1 : 0;
    return n;
  }

  static const stn_req_ops *ops() {
    static const stn_req_ops t = {{sizeof(stn_req_ops), STN_VER(1, 0)}, respond_n, reject_n, keep};
    return &t;
  }

 private:
  struct slot {
    stn_req req{};  // first: a stn_req is its slot
    fake_requests *owner = nullptr;
    size_t index = 0;
    fake_request q;
    std::vector<stn_kv> kv;
    stn_req_view view{};
  };

  void fill_view(slot *s) {
    stn_req_view &v = s->view;
    v.size = sizeof(v);
    v.flags = s->q.flags;
    v.code = s->q.code;
    v.opaque = static_cast<int32_t>(s->index);
    v.language = s->q.language;
    v.version = s->q.version;
    v.scope = s->q.scope;
    v.fields = s->kv.data();
    v.n_fields = static_cast<uint32_t>(s->kv.size());
    v.remark = str(s->q.remark);
    v.body = slice(s->q.body);
    v.conn = s->q.conn;
    v.conn_id = s->q.conn_id;
    v.born_host = slice(s->q.born_host);
    v.peer = str(s->q.peer);
  }

  static slot *of(stn_req *r) { return reinterpret_cast<slot *>(r); }

  static void give(stn_req *r, fake_answer a) {
    fake_requests *o = of(r)->owner;
    std::lock_guard lock(o->mutex_);
    fake_answer &to = o->answers_[of(r)->index];
    STN_CHECK(!to.given);
    a.given = true;
    to = std::move(a);
  }
  static void respond_n(stn_req *const *r, const stn_resp *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
      fake_answer a;
      a.code = v[i].code;
      a.has_remark = v[i].remark.data != nullptr;
      if (a.has_remark) a.remark = stn::view(v[i].remark);
      for (uint32_t k = 0; k < v[i].n_fields; k++) {
        a.fields[std::string(stn::view(v[i].fields[k].key))] = stn::view(v[i].fields[k].value);
      }
      for (uint32_t k = 0; k < v[i].n_body; k++) {
        const stn_bslice &b = v[i].body[k];
        a.body.append(static_cast<const char *>(b.data), b.len);
        if (b.owner != nullptr) b.owner->ops->release(b.owner, 1);
      }
      give(r[i], std::move(a));
    }
  }
  static void reject_n(stn_req *const *r, uint32_t n, stn_status why) {
    for (uint32_t i = 0; i < n; i++) {
      fake_answer a;
      a.rejected = why;
      give(r[i], std::move(a));
    }
  }
  static const stn_req_view *keep(stn_req *r) { return &of(r)->view; }

  stn_exec *home_;
  std::vector<std::unique_ptr<slot>> slots_;
  size_t next_ = 0;
  mutable std::mutex mutex_;  // guards answers_
  std::vector<fake_answer> answers_;
};

}  // namespace stn::testing
