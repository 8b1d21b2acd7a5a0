#include "cold_read.h"

#include <memory>
#include <utility>

#include "answers.h"
#include "lane.h"
#include "stanchion/protocol/codes.h"

namespace stn::broker_pull {

namespace rc = protocol::response_code;

refusal cannot_read(stn_status why) {
  return {rc::system_error, "the store cannot read now, status " + std::to_string(why)};
}

bool cold_read::post(context &c, lane &home, pull_read r) {
  std::unique_ptr<cold_read> job(new cold_read(c, home, std::move(r)));
  const stn_task task = {[](void *user) {
                           std::unique_ptr<cold_read> mine(static_cast<cold_read *>(user));
                           mine->run();
                           mine->context_.cold_reads.fetch_sub(1, std::memory_order_release);
                         },
                         job.get()};
  c.cold_reads.fetch_add(1, std::memory_order_relaxed);
  if (c.exec->post(c.exec->blocking(c.exec.self), &task, 1) != STN_OK) {
    c.cold_reads.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  job.release();
  return true;
}

void cold_read::run() {
  answer_batch answers(context_);
  stn_fetched f = answers.fetch_target();
  const stn_fetch q = read_.fetch(0);
  const stn_status st = context_.store->fetch(context_.store.self, &q, &f, nullptr);
  if (st != STN_OK) {
    answers.refuse(read_.ops, read_.req, cannot_read(st));
  } else if (const meaning m = meaning_of(read_, f);
             m.code == rc::pull_not_found && read_.hold_until_ns != 0) {
    return post_home();
  } else {
    answers.add(read_, f, m);
  }
  answers.send();
}

// Back to the lane, which holds it or answers it.
void cold_read::post_home() {
  struct returning {
    context &c;
    lane &home;
    pull_read read;
  };
  context_.cold_reads.fetch_add(1, std::memory_order_relaxed);
  auto job = std::make_unique<returning>(returning{context_, home_, std::move(read_)});
  const stn_task task = {[](void *user) {
                           std::unique_ptr<returning> mine(static_cast<returning *>(user));
                           mine->home.resume(std::move(mine->read));
                           mine->c.cold_reads.fetch_sub(1, std::memory_order_release);
                         },
                         job.release()};
  context_.exec->post(home_.home(), &task, 1);  // an I/O executor always accepts
}

}  // namespace stn::broker_pull
