#include "responder.h"

#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "io_shard.h"
#include "kept_view.h"
#include "stanchion/protocol/codes.h"

namespace stn::transport_tcp {

namespace {

request *of(stn_req *r) { return static_cast<request *>(r); }

// Answers given on another thread: copies of what was borrowed, the body owners' shares move along.
struct answer_mail final : mail {
  struct item {
    request *req;
    stn_resp resp;
    std::vector<stn_kv> fields;
    std::vector<stn_bslice> body;
    std::string text;
  };
  std::vector<item> items;

  void add(request *r, const stn_resp &v) {
    item &i = items.emplace_back();
    i.req = r;
    i.resp = v;
    i.fields.assign(v.fields, v.fields + v.n_fields);
    i.body.assign(v.body, v.body + v.n_body);
    size_t n = v.remark.len;
    for (const stn_kv &f : i.fields) n += f.key.len + f.value.len;
    for (const stn_bslice &b : i.body) n += b.owner == nullptr ? b.len : 0;
    i.text.reserve(n);
    if (v.remark.data != nullptr) i.resp.remark.data = keep(i.text, v.remark.data, v.remark.len);
    for (stn_kv &f : i.fields) {
      f.key.data = keep(i.text, f.key.data, f.key.len);
      f.value.data = keep(i.text, f.value.data, f.value.len);
    }
    for (stn_bslice &b : i.body) {
      if (b.owner == nullptr) b.data = keep(i.text, static_cast<const char *>(b.data), b.len);
    }
  }

  void deliver(io_shard &to) override {
    for (item &i : items) {
      i.resp.fields = i.fields.data();
      i.resp.body = i.body.data();
      to.answer(i.req, i.resp);
    }
  }

 private:
  // Appends within the reserved capacity, so earlier pointers stay good.
  static const char *keep(std::string &text, const char *from, size_t n) {
    const size_t at = text.size();
    text.append(from, n);
    return text.data() + at;
  }
};

void respond_n(stn_req *const *reqs, const stn_resp *v, uint32_t n) {
  for (uint32_t i = 0; i < n;) {
    io_shard *shard = of(reqs[i])->shard;
    uint32_t end = i + 1;
    while (end < n && of(reqs[end])->shard == shard) end++;
    if (shard->is_current()) {
      for (; i < end; i++) shard->answer(of(reqs[i]), v[i]);
      shard->end_of_call();
    } else {
      auto m = std::make_unique<answer_mail>();
      m->items.reserve(end - i);
      for (; i < end; i++) m->add(of(reqs[i]), v[i]);
      shard->post(std::move(m));
    }
  }
}

void reject_n(stn_req *const *reqs, uint32_t n, stn_status why) {
  for (uint32_t i = 0; i < n; i++) {
    char text[64];
    stn_resp v{};
    std::string_view remark;
    switch (why) {
      case STN_E_UNSUPPORTED: {
        v.code = protocol::response_code::request_code_not_supported;
        const int len =
            std::snprintf(text, sizeof(text), " request type %d not supported", of(reqs[i])->code);
        remark = {text, static_cast<size_t>(len)};
        break;
      }
      case STN_E_BUSY:
        v.code = protocol::response_code::system_busy;
        remark = "[OVERLOAD]system busy, start flow control for a while";
        break;
      case STN_E_CLOSED:
        v.code = protocol::response_code::service_not_available;
        remark = "the server is starting or stopping, try again or use another one";
        break;
      default:
        v.code = protocol::response_code::system_error;
        remark = "the request could not be handled, see the server's log";
    }
    v.remark = str(remark);
    respond_n(&reqs[i], &v, 1);
  }
}

const stn_req_view *keep(stn_req *r) {
  request *q = of(r);
  q->kept = new (std::nothrow) kept_view(*q->view);
  return q->kept != nullptr ? &q->kept->view : nullptr;
}

}  // namespace

const stn_req_ops k_req_ops = {{sizeof(stn_req_ops), STN_VER(1, 0)}, respond_n, reject_n, keep};

}  // namespace stn::transport_tcp
