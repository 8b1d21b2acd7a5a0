// appender_scratch.h - the working memory of one append call, kept by each thread that appends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "appender.h"

namespace stn::store_mmap {

struct appender::prepared {
  // Not an aggregate: clearing all of it first would take longer than what is done with it.
  prepared(const stn_append &a, std::string_view topic, stn_slice body, bool more_follow)
      : more(more_follow) {
    in.append = &a;
    in.topic = topic;
    in.body = body;
    in.flag = a.flag;
  }

  // Fills the completion in its place: one that is copied right after waits for what was written.
  void answer(int64_t store_ms, stn_cqe *out) const {
    out->user = in.append->user;
    out->status = state;
    out->flags = more ? STN_CQE_MORE : 0;
    out->r[0] = phys;
    out->r[1] = queue_offset;
    out->r[2] = in.size;
    out->r[3] = store_ms;
  }

  record_input in;
  consume_queue *queue = nullptr;  // NULL: none yet, or the message gets no entry
  bool has_entry = false;
  bool more;  // further messages of the same client batch follow
  stn_status state = STN_E_INVALID;
  int64_t tag = 0;
  int64_t delay = -1;  // >= 0: tag is the store time plus this
  int64_t phys = 0;
  int64_t queue_offset = 0;
  prepared *next = nullptr;  // of the same queue
};

// The messages of a call that get entries in one queue, in the order of their offsets.
struct appender::queue_run {
  consume_queue *queue;
  prepared *first;
  prepared *last;
};

struct appender::scratch {
  std::vector<prepared> items;
  std::vector<queue_run> runs;
  int64_t bytes = 0;  // of the records
  std::vector<waiter> waiters;
  std::vector<stn_cqe> cqes;
  std::vector<stn_arrival> arrivals;
  std::string props;
  int64_t store_ms = 0;
};

// A sink may append from inside its completion: each depth of such calls has its own memory.
class appender::scratch_use {
 public:
  scratch_use() {
    if (depth == memory.size()) memory.push_back(std::make_unique<scratch>());
    mine_ = memory[depth++].get();
  }
  ~scratch_use() { depth--; }
  scratch &get() { return *mine_; }

 private:
  static inline thread_local std::vector<std::unique_ptr<scratch>> memory;
  static inline thread_local size_t depth = 0;
  scratch *mine_;
};

}  // namespace stn::store_mmap
