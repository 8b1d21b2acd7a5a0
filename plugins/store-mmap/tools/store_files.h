// store_files.h - a store's files as they lie there, without a broker: sizes found out, nothing changed.
//
// Numbers that a directory was made with (size of a log file, entries of a queue file) are read off its files. [ctrl]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkpoint.h"
#include "file_io.h"
#include "queue_entry.h"
#include "record.h"

namespace stn::store_mmap {

class store_files {
 public:
  store_files(file_io &files, std::string dir) : files_(files), dir_(std::move(dir)) {}
  ~store_files();

  // STN_E_NOT_FOUND if there is no log; names that do not belong there are left out.
  status load();

  struct log_file {
    std::string name;
    int64_t base = 0;
    uint64_t size = 0;
    mapping map;
    std::vector<uint8_t> sums;
  };
  struct queue {
    std::string topic;
    int32_t id = 0;
    std::string dir;                // below the store's
    std::vector<file_entry> files;  // sorted
  };

  const std::string &dir() const { return dir_; }
  const std::vector<log_file> &log() const { return log_; }
  const std::vector<queue> &queues() const { return queues_; }
  const checkpoint &saved() const { return checkpoint_; }
  bool was_running() const { return was_running_; }
  int64_t first() const { return log_.front().base; }
  int64_t end() const { return log_.back().base + static_cast<int64_t>(log_.back().size); }
  // NULL outside of the files; *left is what is left of the file.
  const uint8_t *at(int64_t phys, uint64_t *left) const;
  // Names in a folder, sorted.
  std::vector<std::string> names(const std::string &path_below) const;
  // A whole file; empty if it cannot be read.
  std::vector<uint8_t> read(const std::string &path_below) const;

 private:
  status load_log();
  status load_queues();
  std::vector<file_entry> list(const std::string &path_below) const;

  file_io &files_;
  const std::string dir_;
  std::vector<log_file> log_;
  std::vector<queue> queues_;
  checkpoint checkpoint_;
  bool was_running_ = false;
};

}  // namespace stn::store_mmap
