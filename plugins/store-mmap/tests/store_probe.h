// store_probe.h - a store on any file_io without gtest fixtures: appends, and reads back everything that it serves.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "message_store.h"

namespace stn::store_mmap::testing {

// A message as a producer gives it and a consumer must get it.
struct sample {
  std::string topic = "T";
  int32_t queue = 0;
  std::string body;
  std::string props;
  int32_t flag = 0;
  int64_t store_ms = 0;  // once it is stored
};

// What one queue serves at one offset.
struct served {
  bool good = false;  // else: refused, or passed over as damaged
  std::string body;
  std::string props;
  int32_t flag = 0;
  int64_t store_ms = 0;
};

// Small files, a quiet clock, checkpoints only when asked.
settings small_settings(const std::string &dir, bool sync_flush);

class store_probe {
 public:
  store_probe(file_io &files, settings s);
  ~store_probe();

  status open() { return store_->open(); }
  message_store &store() { return *store_; }
  // Ends the store as a kill does; what it has acknowledged can be asked for afterwards, and nothing else.
  void kill() { store_.reset(); }

  // One call of the store; the samples must live until it is acknowledged. Returns its status.
  stn_status append(const std::vector<const sample *> &v);
  // Number of messages acknowledged with STN_OK so far, in the order of their appends; [any].
  size_t acknowledged();
  // Number of completions of any status.
  size_t completed();
  // Waits until n completions came; false after 20 s.
  bool wait(size_t n);
  std::vector<stn_cqe> completions();
  // Position in the log of the i-th acknowledged message.
  int64_t phys_of(size_t i);

  // Everything from min to max of a queue, by offset; the first offset in *min.
  std::vector<served> read_queue(const std::string &topic, int32_t queue, int64_t *min);
  // The newest 32 messages that carry a key.
  std::vector<served> find(const std::string &topic, const std::string &key);
  // What a consumer of one tag gets out of a queue; *refused counts what was passed over as damaged.
  std::vector<served> read_tag(const std::string &topic, int32_t queue, const std::string &tag,
                               size_t *refused);
  // The first offset stored at ms or later; -1 if the search is refused.
  int64_t first_at(const std::string &topic, int32_t queue, int64_t ms);
  std::vector<std::string> log();

 private:
  static void complete(const stn_sink *s, const stn_cqe *v, uint32_t n);

  stn_sink sink_;
  std::mutex mu_;
  std::condition_variable changed_;
  std::vector<stn_cqe> cqes_;
  std::vector<int64_t> acknowledged_;  // positions
  std::vector<std::string> log_;
  std::atomic<int64_t> now_ms_{1700000000000};
  std::unique_ptr<message_store> store_;
};

}  // namespace stn::store_mmap::testing
