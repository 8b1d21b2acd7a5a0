// consume_queue.h - one queue of a topic: its newest entries in memory, the older ones in files.
//
// The writer section pushes entries into a ring in memory; the queue writer copies them to the files later. Files are
// therefore never touched by an append, and a lost tail is rebuilt from the log. Readers see entries below visible().
// Lock: mu_ of each queue guards the ring; held for copies of at most a few KiB; nothing is locked under it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "queue_entry.h"
#include "queue_files.h"

namespace stn::store_mmap {

class consume_queue {
 public:
  consume_queue(queue_files &files, uint32_t topic, int32_t id, std::string dir, uint64_t serial);

  ~consume_queue();

  uint32_t topic() const { return topic_; }
  int32_t id() const { return id_; }
  const std::string &dir() const { return dir_; }

  // First readable offset, and the offset that the next visible message gets. [any]
  int64_t min() const { return min_.load(std::memory_order_acquire); }
  int64_t visible() const { return visible_.load(std::memory_order_acquire); }
  void set_min(int64_t v) { min_.store(v, std::memory_order_release); }
  void set_visible(int64_t v) { visible_.store(v, std::memory_order_release); }

  // Offset of the next entry. [serial queue]: the writer section, or recovery
  int64_t next() const { return next_; }
  // Gives it away; the entry is pushed later in the same section, in the order of offsets. [serial queue]
  int64_t take() { return next_++; }
  // Which of the section's runs of entries is this queue's, counted from 1; 0: none. For the writer section alone.
  uint32_t run() const { return run_; }
  void set_run(uint32_t run) { run_ = run; }
  // Adds what next(queue_entry *) gives until it says false; true if the queue had nothing to be written before (it joins
  // the list of dirty queues).
  template <class source>
  bool push_all(source next) {
    std::lock_guard lock(mu_);
    for (queue_entry e; next(&e);) add_locked(e);
    next_ = std::max(next_, newest_);
    return !std::exchange(dirty_, true);
  }
  bool push(const queue_entry &e);
  // Adds fillers up to `offset`; an empty queue starts there instead. A gap of more than a file cannot be true: nothing
  // happens then. Returns what push returns.
  bool fill_to(int64_t offset);

  // Copies entries [from, from + n) that lie below `limit`; *got may be less than n. STN_E_AGAIN with no_wait. [any]
  status read(int64_t from, uint32_t n, int64_t limit, bool no_wait, uint8_t *raw, uint32_t *got);
  result<queue_entry> entry(int64_t offset);

  // Entries that are in no file yet go to the files, by way of the caller's buffer; *created: a directory got a new
  // name. [worker], one caller
  struct write_buffer {
    static constexpr uint32_t k_entries = 1024;
    std::array<uint8_t, k_entries * k_entry_size> raw;
  };
  status write_out(write_buffer &buffer, bool *created);
  // The files written, zeroed or removed since the last call are synced. [worker], the caller of write_out
  bool is_unsynced() const { return unsynced_from_ >= 0 || dir_changed_; }
  status sync_files();

  // Which files there are; the disk may begin to read what load() looks at. Before load(). [ctrl]
  status find_files();
  // Recovery, before anyone reads: takes up the entries of the files that point below `phys_limit`, forgets the others;
  // zeroes what lies behind if `unclean`. [ctrl]
  status load(int64_t phys_limit, int64_t log_first, bool unclean);
  // An empty queue goes on at this offset. [ctrl]
  void restart_at(int64_t offset);
  // Entries that point at or behind `phys` are forgotten, in memory and in the files. [ctrl]
  status cut(int64_t phys);
  // Moves min behind entries whose messages are gone and removes files that hold nothing else. [worker]
  status drop_below(int64_t phys);
  // Removes all files. Readers must have let go of the queue. [worker]
  status remove_files();

 private:
  struct file_range {
    int64_t first = 0;  // index of the first file
    int64_t count = 0;
  };
  uint8_t *slot(int64_t offset) { return ring_.get() + (offset & (capacity_ - 1)) * k_entry_size; }
  void add_locked(const queue_entry &e) {
    if (newest_ - written_ >= capacity_) grow_locked();
    if (newest_ - oldest_ >= capacity_) oldest_ = newest_ - capacity_ + 1;
    store_entry(slot(newest_++), e);
  }
  void grow_locked();
  void resize_locked(int64_t capacity);
  void reset_locked(int64_t offset);
  uint32_t read_ring(int64_t from, uint32_t n, uint8_t *raw, int64_t *oldest);
  uint32_t copy_unwritten(uint8_t *raw, uint32_t cap, int64_t *first);
  status write_file_part(int64_t first, write_buffer &buffer, uint32_t n, bool *created);
  status write_fillers(int64_t file, int64_t slots, write_buffer &buffer, bool *created);
  result<file_range> list_files(bool remove_broken);
  result<bool> is_below(int64_t offset, int64_t phys_limit);
  result<int64_t> find_end(file_range r, int64_t phys_limit);
  status find_min(int64_t from, int64_t end, int64_t log_first);
  status clear_from(int64_t file, int64_t slot);
  status zero_from(int64_t offset, file_range r);

  queue_files &files_;
  const uint32_t topic_;
  const int32_t id_;
  const std::string dir_;
  const uint64_t serial_;
  std::atomic<int64_t> min_{0};
  std::atomic<int64_t> visible_{0};
  int64_t next_ = 0;
  uint32_t run_ = 0;

  std::mutex mu_;
  std::unique_ptr<uint8_t[]> ring_;  // guarded by mu_, as the following
  int64_t capacity_ = 0;             // entries, a power of two
  int64_t oldest_ = 0;               // first offset in the ring
  int64_t written_ = 0;              // first offset that is in no file
  int64_t newest_ = 0;               // next_ without offsets given away, for readers of the ring
  bool dirty_ = false;

  file_range found_;            // by find_files()
  int64_t unsynced_from_ = -1;  // files from this offset on have changed since the last sync
  bool dir_changed_ = false;    // files were removed since then
};

}  // namespace stn::store_mmap
