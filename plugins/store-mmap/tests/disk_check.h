// disk_check.h - what a store that is opened on a disk must serve, and whether it does.
//
// Under sync flush nothing acknowledged may be missing, but for what retention has removed. Whatever is served, by offset
// or by key, must be what was appended, at the place where it was; what was cut off must not come back. [the calling thread]
#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fault_files.h"
#include "store_probe.h"

namespace stn::store_mmap::testing {

using queue_id = std::pair<std::string, int32_t>;

// The messages of one queue, by offset.
struct intended {
  std::vector<const sample *> messages;
  std::vector<int64_t> phys;  // of the acknowledged ones, as far as they are known
  size_t acknowledged = 0;    // these must be there,
  size_t gone = 0;            // but the first ones may have been removed
};

struct expectation {
  std::map<queue_id, intended> queues;
  std::vector<const sample *> cut;  // forgotten on purpose: they must not be found
};

// The number of a sample is its unique key; -1 for a message without.
int64_t number_of(const std::string &props);

class disk_check {
 public:
  using complain_fn = std::function<void(const std::string &)>;
  struct options {
    settings config;
    bool again = true;       // append, cut the power once more, look again
    bool checkpoint = true;  // between the two
    unsynced what = unsynced::dropped;
    bool keys = false;  // look messages up by key, too
  };

  disk_check(options o, std::mt19937_64 &random, complain_fn complain)
      : o_(std::move(o)), random_(random), complain_(std::move(complain)) {}

  // Opens a store on the disk; returns the number of disks looked at.
  size_t run(fault_files &disk, const std::string &when, const expectation &expected);

 private:
  void check_queue(store_probe &probe, const queue_id &id, const intended &want,
                   const std::string &when);
  void check_keys(store_probe &probe, const expectation &expected, const std::string &when);
  void check_key(store_probe &probe, const sample &m, const std::string &when);
  bool append_after(store_probe &probe, expectation &expected, const std::string &when);

  options o_;
  std::mt19937_64 &random_;
  complain_fn complain_;
  std::vector<const sample *> served_;  // by the store that is open
};

}  // namespace stn::store_mmap::testing
