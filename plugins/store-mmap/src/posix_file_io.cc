#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "file_io.h"

namespace stn::store_mmap {
namespace {

constexpr size_t k_page = 4096;
// Work on whole files is done piece by piece: no call keeps a CPU or the address space for long.
constexpr uint64_t k_allocate_step = 64 << 20;
constexpr size_t k_unmap_step = 4 << 20;

status failure(const char *what, const std::string &path, int error) {
  stn_status code = STN_E_IO;
  if (error == ENOENT) code = STN_E_NOT_FOUND;
  if (error == ENOSPC || error == EDQUOT) code = STN_E_NO_SPACE;
  if (error == EACCES || error == EPERM || error == EROFS) code = STN_E_DENIED;
  if (error == ENOMEM) code = STN_E_NO_MEMORY;
  return {code, std::string(what) + (path.empty() ? "" : " ") + path + ": " + std::strerror(error)};
}
status failure(const char *what, int error) { return failure(what, std::string(), error); }

// Whole pages that cover [offset, offset + n) of a mapping.
struct page_range {
  uint8_t *at;
  size_t n;
  page_range(const mapping &m, size_t offset, size_t n_bytes) {
    size_t first = offset & ~(k_page - 1);
    size_t last = (offset + n_bytes + k_page - 1) & ~(k_page - 1);
    if (last > m.size) last = (m.size + k_page - 1) & ~(k_page - 1);
    at = m.data + first;
    n = last > first ? last - first : 0;
  }
};

class posix_file_io final : public file_io {
 public:
  result<handle> open(const std::string &path, open_mode mode) override {
    int flags = O_CLOEXEC | (mode == open_mode::read ? O_RDONLY : O_RDWR);
    if (mode == open_mode::create) flags |= O_CREAT;
    int fd = ::open(path.c_str(), flags, 0644);
    if (fd < 0) return failure("open", path, errno);
    return fd;
  }

  void close(handle h) override { ::close(h); }

  result<uint64_t> size(handle h) override {
    struct stat st {};
    if (::fstat(h, &st) != 0) return failure("stat", errno);
    return static_cast<uint64_t>(st.st_size);
  }

  status read(handle h, uint64_t offset, void *to, size_t n, bool no_wait, size_t *got) override {
    *got = 0;
    while (*got < n) {
      iovec v{static_cast<char *>(to) + *got, n - *got};
      ssize_t r = ::preadv2(h, &v, 1, static_cast<off_t>(offset + *got), no_wait ? RWF_NOWAIT : 0);
      if (r < 0 && errno == EINTR) continue;
      // A file system that cannot tell what is resident (tmpfs) is read by those who may wait.
      if (r < 0 && (errno == EAGAIN || errno == EOPNOTSUPP)) return {STN_E_AGAIN, "not resident"};
      if (r < 0) return failure("read", errno);
      if (r == 0) return {};
      *got += static_cast<size_t>(r);
    }
    return {};
  }

  void read_ahead(handle h, uint64_t offset, uint64_t n) override {
    (void)::posix_fadvise(h, static_cast<off_t>(offset), static_cast<off_t>(n),
                          POSIX_FADV_WILLNEED);
  }

  status write(handle h, uint64_t offset, const void *from, size_t n) override {
    size_t done = 0;
    while (done < n) {
      ssize_t w = ::pwrite(h, static_cast<const char *>(from) + done, n - done,
                           static_cast<off_t>(offset + done));
      if (w < 0 && errno == EINTR) continue;
      if (w < 0) return failure("write", errno);
      done += static_cast<size_t>(w);
    }
    return {};
  }

  status allocate(handle h, uint64_t size) override {
    for (uint64_t done = 0; done < size;) {
      uint64_t step = std::min(k_allocate_step, size - done);
      int e = ::posix_fallocate(h, static_cast<off_t>(done), static_cast<off_t>(step));
      if (e != 0) return failure("allocate", e);
      done += step;
    }
    return {};
  }

  status extend(handle h, uint64_t size) override {
    return ::ftruncate(h, static_cast<off_t>(size)) == 0 ? status() : failure("extend", errno);
  }

  status zero(handle h, uint64_t offset, uint64_t n) override {
    if (n == 0) return {};
    auto at = static_cast<off_t>(offset);
    if (::fallocate(h, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, at, static_cast<off_t>(n)) ==
        0) {
      return {};
    }
    if (errno != EOPNOTSUPP) return failure("zero", errno);
    const std::vector<char> zeros(1 << 20, 0);
    for (uint64_t done = 0; done < n;) {
      size_t step = std::min<uint64_t>(zeros.size(), n - done);
      if (status s = write(h, offset + done, zeros.data(), step); !s.ok()) return s;
      done += step;
    }
    return {};
  }

  status punch(handle h, uint64_t offset, uint64_t n) override {
    if (n == 0) return {};
    int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (::fallocate(h, mode, static_cast<off_t>(offset), static_cast<off_t>(n)) == 0) return {};
    return errno == EOPNOTSUPP ? zero(h, offset, n) : failure("punch", errno);
  }

  uint64_t data_end(handle h, uint64_t size) override {
    uint64_t end = 0;
    while (end < size) {
      off_t data = ::lseek(h, static_cast<off_t>(end), SEEK_DATA);
      if (data < 0) return errno == ENXIO ? end : size;
      off_t hole = ::lseek(h, data, SEEK_HOLE);
      if (hole <= data) return size;
      end = static_cast<uint64_t>(hole);
    }
    return size;
  }

  status sync(handle h) override {
    return ::fdatasync(h) == 0 ? status() : failure("fdatasync", errno);
  }

  result<mapping> map(handle h, size_t size, bool writable) override {
    void *p = ::mmap(nullptr, size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, h, 0);
    if (p == MAP_FAILED) return failure("mmap", errno);
    return mapping{static_cast<uint8_t *>(p), size, 0};
  }

  // Whoever wants to change the address space (a map, a growing heap) waits while pages are taken out of it.
  void unmap(const mapping &m) override {
    for (size_t at = 0; at < m.size; at += k_unmap_step) {
      (void)::madvise(m.data + at, std::min(k_unmap_step, m.size - at), MADV_DONTNEED);
    }
    ::munmap(m.data, m.size);
  }

  // msync(MS_SYNC) is vfs_fsync_range with datasync set: what fdatasync does, for these pages only. The populated pages
  // ahead of the writer stay out of it.
  status sync_range(const mapping &m, size_t offset, size_t n) override {
    page_range r(m, offset, n);
    return ::msync(r.at, r.n, MS_SYNC) == 0 ? status() : failure("msync", errno);
  }

  void populate(const mapping &m, size_t offset, size_t n) override {
    page_range r(m, offset, n);
    if (r.n != 0) (void)::madvise(r.at, r.n, MADV_POPULATE_WRITE);
  }

  void forget(const mapping &m, size_t offset, size_t n) override {
    page_range r(m, offset, n);
    if (r.n != 0) (void)::madvise(r.at, r.n, MADV_DONTNEED);
  }

  bool resident(const mapping &m, size_t offset, size_t n) override {
    page_range r(m, offset, n);
    unsigned char present[256];
    for (size_t done = 0; done < r.n;) {
      size_t step = std::min(r.n - done, sizeof(present) * k_page);
      if (::mincore(r.at + done, step, present) != 0) return false;
      for (size_t i = 0; i < (step + k_page - 1) / k_page; i++) {
        if ((present[i] & 1) == 0) return false;
      }
      done += step;
    }
    return true;
  }

  status make_dirs(const std::string &path) override {
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    for (size_t at = 1; at <= path.size(); at++) {
      if (at != path.size() && path[at] != '/') continue;
      std::string part = path.substr(0, at);
      if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) return failure("mkdir", part, errno);
    }
    return {};
  }

  status sync_dir(const std::string &path) override {
    int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failure("open", path, errno);
    int e = ::fsync(fd) == 0 ? 0 : errno;
    ::close(fd);
    return e == 0 ? status() : failure("fsync", path, e);
  }

  status list(const std::string &path, std::vector<file_entry> *out) override {
    DIR *d = ::opendir(path.c_str());
    if (d == nullptr) return failure("opendir", path, errno);
    while (dirent *e = ::readdir(d)) {
      if (std::strcmp(e->d_name, ".") == 0 || std::strcmp(e->d_name, "..") == 0) continue;
      struct stat st {};
      if (::fstatat(::dirfd(d), e->d_name, &st, 0) != 0) continue;
      out->push_back({e->d_name, static_cast<uint64_t>(st.st_size),
                      st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000,
                      S_ISDIR(st.st_mode)});
    }
    ::closedir(d);
    return {};
  }

  status remove(const std::string &path) override {
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? status()
                                                          : failure("unlink", path, errno);
  }

  status remove_dir(const std::string &path) override {
    return ::rmdir(path.c_str()) == 0 || errno == ENOENT ? status() : failure("rmdir", path, errno);
  }

  status rename(const std::string &from, const std::string &to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? status() : failure("rename", from, errno);
  }

  result<disk_space> space(const std::string &path) override {
    struct statvfs v {};
    if (::statvfs(path.c_str(), &v) != 0) return failure("statvfs", path, errno);
    return disk_space{v.f_blocks * v.f_frsize, v.f_bavail * v.f_frsize};
  }

  result<handle> lock(const std::string &path) override {
    result<handle> h = open(path, open_mode::create);
    if (!h.ok()) return h;
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(h.value(), F_SETLK, &whole) == 0) return h;
    int e = errno;
    ::close(h.value());
    if (e == EAGAIN || e == EACCES) return status(STN_E_BUSY, path + " is held by another process");
    return failure("lock", path, e);
  }
};

}  // namespace

file_io &posix_files() {
  static posix_file_io files;
  return files;
}

}  // namespace stn::store_mmap
