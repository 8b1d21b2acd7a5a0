// file_io.h - the only way from this plugin to files: the seam at which tests inject faults.
//
// Every call answers a status; a failed write or sync is reported once and the caller decides (the log turns read-only).
// Handles are small integers owned by the implementation. Paths are absolute or relative to the working directory.
// Thread-safe: calls for different files run concurrently. [any], may block unless it says no_wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stanchion/sdk/status.h"

namespace stn::store_mmap {

// A file mapped from its first byte. Lives until unmap(), also when the file is removed meanwhile.
struct mapping {
  uint8_t *data = nullptr;
  size_t size = 0;
  uint64_t tag = 0;  // the implementation's own
};

enum class open_mode { read, write, create };

struct file_entry {
  std::string name;
  uint64_t size = 0;
  int64_t modified_ms = 0;
  bool is_dir = false;
};

struct disk_space {
  uint64_t total = 0;
  uint64_t available = 0;
};

class file_io {
 public:
  using handle = int;
  virtual ~file_io() = default;

  // create: read and write, made if absent. STN_E_NOT_FOUND otherwise.
  virtual result<handle> open(const std::string &path, open_mode mode) = 0;
  virtual void close(handle h) = 0;
  virtual result<uint64_t> size(handle h) = 0;

  // Reads up to n bytes; *got is less at the end of the file. With no_wait: STN_E_AGAIN rather than wait for the disk.
  virtual status read(handle h, uint64_t offset, void *to, size_t n, bool no_wait, size_t *got) = 0;
  // The range will be read soon: the disk may begin. Does not wait; best effort.
  virtual void read_ahead(handle, uint64_t, uint64_t) {}
  virtual status write(handle h, uint64_t offset, const void *from, size_t n) = 0;
  // Grows the file to `size` with blocks reserved, so that a mapped write cannot run out of space. STN_E_NO_SPACE.
  virtual status allocate(handle h, uint64_t size) = 0;
  // Grows the file to `size` without blocks.
  virtual status extend(handle h, uint64_t size) = 0;
  // The range reads as zero from now on; the size stays. Blocks are reserved for it.
  virtual status zero(handle h, uint64_t offset, uint64_t n) = 0;
  // The same without blocks, for sparse files.
  virtual status punch(handle h, uint64_t offset, uint64_t n) { return zero(h, offset, n); }
  // Behind this position a sparse file of `size` bytes reads as zero; `size` if that is not known.
  virtual uint64_t data_end(handle h, uint64_t size) = 0;
  // Contents and size are on the disk when it returns OK (fdatasync).
  virtual status sync(handle h) = 0;

  virtual result<mapping> map(handle h, size_t size, bool writable) = 0;
  virtual void unmap(const mapping &m) = 0;
  // fdatasync of a range of a writable mapping.
  virtual status sync_range(const mapping &m, size_t offset, size_t n) = 0;
  // Makes the pages present and writable; best effort.
  virtual void populate(const mapping &m, size_t offset, size_t n) = 0;
  // Lets go of the pages' memory accounting; the contents stay. Best effort.
  virtual void forget(const mapping &m, size_t offset, size_t n) = 0;
  // Would reading the range do without the disk?
  virtual bool resident(const mapping &m, size_t offset, size_t n) = 0;

  virtual status make_dirs(const std::string &path) = 0;
  // Names made or removed in the directory are on the disk when it returns OK.
  virtual status sync_dir(const std::string &path) = 0;
  // STN_E_NOT_FOUND if there is no such directory. Unordered.
  virtual status list(const std::string &path, std::vector<file_entry> *out) = 0;
  virtual status remove(const std::string &path) = 0;      // a file; OK if absent
  virtual status remove_dir(const std::string &path) = 0;  // an empty directory; OK if absent
  virtual status rename(const std::string &from, const std::string &to) = 0;
  virtual result<disk_space> space(const std::string &path) = 0;
  // Takes the file as a lock until close(). STN_E_BUSY if another process holds it.
  virtual result<handle> lock(const std::string &path) = 0;
};

// The operating system's files.
file_io &posix_files();

}  // namespace stn::store_mmap
