// answers.h - answers to pulls: what each outcome of a fetch means on the wire, and batches of answers.
//
// Messages are moved from the store to the transport as slices; nothing is copied. Thread: that of its owner.
#pragma once

#include <cstdint>
#include <forward_list>
#include <memory>
#include <string>
#include <string_view>

#include "context.h"
#include "pull_read.h"
#include "stanchion/ext/store.h"
#include "stanchion/request.h"

namespace stn::broker_pull {

// An outcome of the store as the wire tells it.
struct meaning {
  int32_t code;
  std::string_view remark;
  int64_t next;  // offset that the consumer goes on with
};
meaning meaning_of(const pull_read &r, const stn_fetched &f);

// Collects answers and sends them with one call. Make room before each fetch: its slices lie in the batch.
class answer_batch {
 public:
  explicit answer_batch(const context &c);

  // Is there room for one more answer with the messages of a fetch? If not: send().
  bool has_room() const;
  bool empty() const { return n_ == 0; }
  // Where the next fetch puts its slices.
  stn_fetched fetch_target();

  // The answer to r. f came from fetch_target(); its slices are taken over.
  void add(const pull_read &r, const stn_fetched &f, const meaning &m);
  void refuse(const stn_req_ops *ops, stn_req *r, const refusal &why);
  void send();

 private:
  static constexpr uint32_t k_answers = 64;
  static constexpr uint32_t k_fields = 4;
  static constexpr uint32_t k_texts = 4 * 20;

  stn_resp *start(const stn_req_ops *ops, stn_req *r, int32_t code);
  void count(int32_t code, const stn_fetched &f);

  const context &context_;
  const stn_req_ops *ops_ = nullptr;
  uint32_t n_ = 0;
  uint32_t n_slices_ = 0;
  uint32_t slices_max_;
  tally tally_;
  stn_req *req_[k_answers];
  stn_resp resp_[k_answers];
  stn_kv fields_[k_answers][k_fields];
  char text_[k_answers][k_texts];
  std::unique_ptr<stn_bslice[]> slices_;
  std::forward_list<std::string> kept_;  // remarks of refusals until they are sent
};

// Releases what a fetch returned and nobody answers with.
void release_slices(const stn_fetched &f);

}  // namespace stn::broker_pull
