// cold_read.h - one read that has to wait for the disk, on the executor `blocking`.
//
// Answers from there. Only a read that found nothing and may be held goes back to its lane. [worker] but for post [io]
#pragma once

#include "context.h"
#include "pull_read.h"

namespace stn::broker_pull {

class lane;

// What a consumer is told when the store cannot read.
refusal cannot_read(stn_status why);

class cold_read {
 public:
  // False: no room on `blocking`; nothing happens then.
  static bool post(context &c, lane &home, pull_read r);

 private:
  cold_read(context &c, lane &home, pull_read r)
      : context_(c), home_(home), read_(static_cast<pull_read &&>(r)) {}

  void run();
  void post_home();

  context &context_;
  lane &home_;
  pull_read read_;
};

}  // namespace stn::broker_pull
