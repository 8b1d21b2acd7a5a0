// queue_files.h - the files of all consume queues, with a bounded number kept open.
//
// `consumequeue/<topic>/<queue>/<20-digit byte position>`, each of queue_file_entries × 20 bytes, sparse. A file that is in
// use is not closed under its user. Lock: mu_, innermost. [any]
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "file_io.h"
#include "settings.h"

namespace stn::store_mmap {

// Names one file: the queue's serial number and the file's index within the queue.
struct queue_file_id {
  uint64_t queue = 0;
  int64_t file = 0;
  bool operator==(const queue_file_id &) const = default;
};

class queue_files {
 public:
  queue_files(file_io &files, const settings &s, counters &stats);
  ~queue_files();

  int64_t entries_per_file() const { return entries_; }
  int64_t file_bytes() const { return bytes_; }
  file_io &io() { return files_; }
  counters &stats() { return stats_; }
  // Entries should go from memory to the files soon, and no appends be taken until they have.
  bool is_memory_short() const { return stats_.queue_memory.load() > memory_max_ / 2; }
  bool is_memory_full() const { return stats_.queue_memory.load() > memory_max_; }

  // Reads n entries of one file from `slot` on. STN_E_AGAIN with no_wait, STN_E_NOT_FOUND if there is no such file.
  status read(queue_file_id id, const std::string &dir, int64_t slot, uint32_t n, uint8_t *to,
              bool no_wait, uint32_t *got);
  // Writes n entries; a missing file is made, with its directory, and *created set.
  status write(queue_file_id id, const std::string &dir, int64_t slot, uint32_t n,
               const uint8_t *from, bool *created);
  status sync(queue_file_id id, const std::string &dir);
  // The slots will be read soon.
  void read_ahead(queue_file_id id, const std::string &dir, int64_t slot, int64_t n);
  // Behind this slot a file has no entries, and reads as zero.
  result<int64_t> used_slots(queue_file_id id, const std::string &dir);
  // Nothing from `slot` on.
  status clear_from(queue_file_id id, const std::string &dir, int64_t slot);
  // Closes what is open of a queue; its files may be removed then.
  void forget(uint64_t queue);

  std::string path_of(const std::string &dir, int64_t file) const;

 private:
  struct open_file {
    file_io::handle h = -1;
    uint32_t users = 0;
    uint64_t used = 0;
    bool doomed = false;
  };
  struct id_hash {
    size_t operator()(const queue_file_id &id) const {
      return std::hash<uint64_t>()(id.queue * 0x9E3779B97F4A7C15ull +
                                   static_cast<uint64_t>(id.file));
    }
  };
  class user;

  result<file_io::handle> open_new(const std::string &dir, int64_t file, bool create,
                                   bool *created);
  status enter(queue_file_id id, const std::string &dir, bool create, bool *created,
               open_file **out);
  void leave(queue_file_id id, open_file *f);
  void close_oldest_locked();

  file_io &files_;
  counters &stats_;
  const int64_t entries_;
  const int64_t bytes_;
  const size_t open_max_;
  const int64_t memory_max_;
  std::mutex mu_;
  std::unordered_map<queue_file_id, open_file, id_hash> open_;
  uint64_t tick_ = 0;
};

}  // namespace stn::store_mmap
