// store_check.h - everything in a store's files that is damaged or does not agree, with its position.
//
// Log: names, sizes, magic, lengths, position, CRC, sums, offsets per queue. Queues: each entry against its record and
// each record against its entry. Index: each entry against the keys of its record. Behind the checkpoint entries may be
// missing; they are made again at the next start and are no problem. [ctrl]
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "store_files.h"

namespace stn::store_mmap {

struct check_totals {
  int64_t log_files = 0;
  int64_t records = 0;
  int64_t log_end = 0;
  int64_t queues = 0;
  int64_t entries = 0;
  int64_t index_entries = 0;
  int64_t problems = 0;
};

class store_check {
 public:
  // One line per problem: "path +byte: what".
  using problem_fn = std::function<void(const std::string &)>;

  store_check(const store_files &store, problem_fn on_problem)
      : store_(store), on_problem_(std::move(on_problem)) {}
  check_totals run();

 private:
  struct queue_state {
    int64_t next = -1;  // offset that the next record of the log must have; -1: not known
    int64_t known = 0;  // the same, of what is before the checkpoint's position
  };

  void complain(const std::string &path, int64_t at, const std::string &what);
  void check_log();
  void check_names();
  int64_t check_record(int64_t at);
  int64_t skip_damage(int64_t at);
  void check_order(const record_view &r);
  void check_sums(const store_files::log_file &f);
  void check_queue(const store_files::queue &q);
  void check_entry(const store_files::queue &q, const std::string &path, int64_t offset,
                   int64_t byte, const queue_entry &e);
  void check_lengths();
  void check_index(const std::string &name, const std::vector<uint8_t> &raw);
  bool has_hash(int64_t phys, int32_t hash) const;

  const store_files &store_;
  problem_fn on_problem_;
  check_totals totals_;
  std::map<std::pair<std::string, int32_t>, queue_state> in_log_;
  std::map<std::pair<std::string, int32_t>, int64_t> in_queues_;  // offset behind the last entry
};

}  // namespace stn::store_mmap
