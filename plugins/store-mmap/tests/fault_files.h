// fault_files.h - a disk in memory that forgets what was not synced.
//
// Each file has its present bytes and those that are on the disk; a sync copies the pages that differ. Mappings share the
// present bytes of their file, as the operating system's do. Nobody but their writer can read those without a race, so of
// a mapped file there is a third copy: what has been seen of it by look(), and by each sync of what it covers; a power cut
// can keep that and no more. Directory entries become durable by sync_dir only. crash() makes the disk that a power cut at
// this moment would leave. Thread-safe; hooks are called without a lock held, on the thread that does the operation.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "file_io.h"

namespace stn::store_mmap::testing {

enum class file_op {
  create,
  write,
  allocate,
  extend,
  zero,
  sync,
  sync_range,
  make_dir,
  sync_dir,
  remove,
  rename
};

struct op_info {
  file_op kind;
  std::string path;
  uint64_t offset = 0;
  uint64_t n = 0;
};

// What becomes of bytes and names that were not synced.
enum class unsynced { dropped, kept, torn };

class fault_files final : public file_io {
 public:
  using bytes = std::vector<uint8_t>;
  static constexpr size_t k_sector = 512;

  fault_files();
  ~fault_files() override;

  // Called before every operation that changes something or makes it durable. [the thread of the operation]
  std::function<void(const op_info &)> before;
  // STN_OK lets the operation happen, anything else is its answer and nothing happens.
  std::function<stn_status(const op_info &)> refuse;
  // True: the operation is answered with OK and does nothing.
  std::function<bool(const op_info &)> skip;

  // The disk after a power cut now. torn: sectors, sizes and names are kept or lost at random. Mapped memory may be
  // written meanwhile.
  std::unique_ptr<fault_files> crash(unsynced what, std::mt19937_64 &random);
  // What is written to mappings of files at or below the path may be kept by a power cut from now on. Called where
  // nobody writes to them.
  void look(const std::string &path);
  // The same disk without hooks, everything durable.
  std::unique_ptr<fault_files> copy();

  // The present bytes of a file, for damage; NULL if there is none.
  bytes *contents(const std::string &path);
  // Paths of all files below a directory, sorted.
  std::vector<std::string> files_below(const std::string &path);
  // Bytes available to allocate, extend and write; unlimited without it.
  void set_space(uint64_t available);

  result<handle> open(const std::string &path, open_mode mode) override;
  void close(handle h) override;
  result<uint64_t> size(handle h) override;
  status read(handle h, uint64_t offset, void *to, size_t n, bool no_wait, size_t *got) override;
  status write(handle h, uint64_t offset, const void *from, size_t n) override;
  status allocate(handle h, uint64_t size) override;
  status extend(handle h, uint64_t size) override;
  status zero(handle h, uint64_t offset, uint64_t n) override;
  uint64_t data_end(handle h, uint64_t size) override;
  status sync(handle h) override;
  result<mapping> map(handle h, size_t size, bool writable) override;
  void unmap(const mapping &m) override;
  status sync_range(const mapping &m, size_t offset, size_t n) override;
  void populate(const mapping &, size_t, size_t) override {}
  void forget(const mapping &, size_t, size_t) override {}
  bool resident(const mapping &, size_t, size_t) override { return true; }
  status make_dirs(const std::string &path) override;
  status sync_dir(const std::string &path) override;
  status list(const std::string &path, std::vector<file_entry> *out) override;
  status remove(const std::string &path) override;
  status remove_dir(const std::string &path) override;
  status rename(const std::string &from, const std::string &to) override;
  result<disk_space> space(const std::string &path) override;
  result<handle> lock(const std::string &path) override;

 private:
  struct file;
  struct dir;
  struct entry;
  struct open_file;
  struct place;

  static void look_below(const entry &e);
  bool allowed(const op_info &op, status *answer);
  place find(const std::string &path);
  dir *find_dir(const std::string &path);
  std::shared_ptr<file> file_of(handle h, std::string *path);
  result<handle> add_handle(std::shared_ptr<file> f, const std::string &path);
  status resize(handle h, uint64_t size, file_op kind);
  void list_below(const dir &d, const std::string &path, std::vector<std::string> *out);

  std::mutex mu_;
  std::shared_ptr<dir> root_;
  std::map<handle, open_file> handles_;
  std::map<uint64_t, open_file> mappings_;
  int next_handle_ = 3;
  uint64_t next_mapping_ = 1;
  uint64_t space_ = ~uint64_t{0};
};

}  // namespace stn::store_mmap::testing
