// stanchion/sdk/answer.h - answers of processors that are not hot: administration, routes, settings.
//
// An `answer` owns its texts; answer_each turns a batch into answers and sends them with one call. Hot processors fill
// stn_resp themselves. Exceptions of the function become code 1 with their text. Thread: that of the calls into the ABI.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stanchion/request.h"
#include "stanchion/sdk/host.h"

namespace stn {

struct answer {
  int32_t code = 0;
  std::string remark{};                                            // empty = none
  std::vector<std::pair<std::string_view, std::string>> fields{};  // keys are string literals
  std::string body{};
  std::shared_ptr<const std::string> shared_body{};  // instead of body
};

inline constexpr int32_t k_answer_failed = 1;  // "system error" on the wire

namespace detail {

// The ABI's view of answers; the answers stay where they are while it is used.
class answer_views {
 public:
  explicit answer_views(const std::vector<answer> &all) : views_(all.size()), bodies_(all.size()) {
    size_t n_fields = 0;
    for (const answer &a : all) n_fields += a.fields.size();
    fields_.reserve(n_fields);
    for (size_t i = 0; i < all.size(); i++) add(all[i], i);
  }
  const stn_resp *data() const { return views_.data(); }

 private:
  void add(const answer &a, size_t i) {
    stn_resp &v = views_[i];
    v.code = a.code;
    if (!a.remark.empty()) v.remark = str(a.remark);
    v.fields = fields_.data() + fields_.size();
    v.n_fields = static_cast<uint32_t>(a.fields.size());
    for (const auto &[key, value] : a.fields) fields_.push_back({str(key), str(value)});
    const std::string &body = a.shared_body ? *a.shared_body : a.body;
    bodies_[i] = {body.data(), body.size(), nullptr};
    v.body = &bodies_[i];
    v.n_body = body.empty() ? 0 : 1;
  }

  std::vector<stn_resp> views_;
  std::vector<stn_bslice> bodies_;
  std::vector<stn_kv> fields_;
};

}  // namespace detail

// Answers one request. [any]
inline void send_answer(const stn_req_ops *ops, stn_req *request, answer a) {
  std::vector<answer> one;
  one.push_back(std::move(a));
  detail::answer_views views(one);
  ops->respond_n(&request, views.data(), 1);
}

// What f(view) says, or its exception as an answer.
template <class F>
answer guarded_answer(F &&f, const stn_req_view &view) {
  try {
    return f(view);
  } catch (const std::exception &e) {
    return {.code = k_answer_failed, .remark = e.what()};
  } catch (...) {
    return {.code = k_answer_failed, .remark = "unknown exception"};
  }
}

// Answers every request of the batch with f(view). [io] or [worker]
template <class F>
void answer_each(const stn_req_batch *b, F &&f) {
  std::vector<answer> all;
  all.reserve(b->n);
  for (uint32_t i = 0; i < b->n; i++) all.push_back(guarded_answer(f, *b->view[i]));
  detail::answer_views views(all);
  b->ops->respond_n(b->req, views.data(), b->n);
}

}  // namespace stn
