// send_handler.h - codes 10, 310 and 320: a batch of send requests becomes one append.
//
// Each I/O thread has a workspace, so that a batch needs neither locks nor allocations. Nothing of the workspace is used
// after the append: completions, which may come before it returns, work from the requests' own areas. [io]
#pragma once

#include <memory>
#include <vector>

#include "context.h"
#include "send_check.h"
#include "send_record.h"
#include "send_reply.h"
#include "stanchion/protocol/headers/send.h"
#include "stanchion/request.h"

namespace stn::broker_send {

class send_handler {
 public:
  send_handler(context &c, send_replies &replies);
  ~send_handler();

  // Makes the workspaces; hooks and executors are known. [ctrl]
  void start();
  // b: requests of one code. Answers all of them, now or when they are stored.
  void handle(const stn_req_batch *b);

 private:
  struct workspace;

  workspace &workspace_of(stn_exec *home);
  void decode_all(const stn_req_batch *b, workspace *w);
  void settle_topics(workspace *w);
  void admit_all(const stn_req_batch *b, workspace *w);
  refusal admit(const stn_req_view &view, workspace *w, uint32_t i, waiting_send *reply);
  void run_hooks(workspace *w);
  void drop_refused(workspace *w);
  void refuse(const stn_req_batch *b, workspace *w, uint32_t i, refusal why);
  void append(const stn_req_batch *b, workspace *w);

  context &context_;
  send_replies &replies_;
  std::vector<std::unique_ptr<workspace>> workspaces_;  // one per I/O executor
};

}  // namespace stn::broker_send
