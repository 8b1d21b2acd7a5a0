// Appends 1 KiB bodies in batches and copies records of the same size into a populated mapping, alternating in one run,
// on one file system; before each part the store's own threads have caught up and the pages are present. The store's
// window of present pages is refilled when a sixteenth of it is used up: with the window taken by default no refill runs
// beside an append, as none runs beside the copying. Prints one JSON line per round.
// Usage: store_mmap_bench DIRECTORY [ROUNDS [MIB_PER_ROUND [WINDOW_MIB]]]
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

#include "store_load.h"

using namespace stn::store_mmap;
using namespace stn::store_mmap::bench;

namespace {

constexpr uint32_t k_batch = 64;
constexpr size_t k_body = 1024;
constexpr int64_t k_window_rounds = 16;

struct figure {
  double seconds = 0;
  double cpu_seconds = 0;  // of the thread: what it waited for others is not in it
  int64_t bytes = 0;
  double gb_s() const { return static_cast<double>(bytes) / seconds / 1e9; }
  double cpu_gb_s() const { return static_cast<double>(bytes) / cpu_seconds / 1e9; }
};

class stopwatch {
 public:
  figure stop(int64_t bytes) const { return {now_s() - wall_, cpu_s() - cpu_, bytes}; }

 private:
  static double cpu_s() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
  }
  double wall_ = now_s();
  double cpu_ = cpu_s();
};

// What append moves, moved by memcpy alone: record after record into a mapping whose pages are present. The file lives
// as long as the store's do, so that both get their pages from the same place.
class copy_file {
 public:
  copy_file(const std::filesystem::path &path, size_t bytes) : path_(path), bytes_(bytes) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd_ < 0 || ::posix_fallocate(fd_, 0, static_cast<off_t>(bytes)) != 0) std::abort();
    void *p = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (p == MAP_FAILED) std::abort();
    map_ = static_cast<char *>(p);
  }
  ~copy_file() {
    ::munmap(map_, bytes_);
    ::close(fd_);
    ::unlink(path_.c_str());
  }

  void populate(size_t bytes) {
    size_t first = at_ & ~size_t{4095};
    ::madvise(map_ + first, std::min(bytes + 8192, bytes_ - first), MADV_POPULATE_WRITE);
  }

  figure fill(size_t bytes, const std::string &source, size_t record) {
    stopwatch watch;
    size_t first = at_;
    for (; at_ - first + source.size() <= bytes; at_ += source.size()) {
      for (size_t i = 0; i < source.size() / record; i++)
        std::memcpy(map_ + at_ + i * record, &source[i * record], record);
    }
    return watch.stop(static_cast<int64_t>(at_ - first));
  }

  void sync() { ::fdatasync(fd_); }

 private:
  std::filesystem::path path_;
  size_t bytes_;
  int fd_;
  char *map_;
  size_t at_ = 0;
};

figure fill_store(message_store &store, const load_batch &batch, size_t bytes) {
  const int64_t first = store.state().end.load();
  stopwatch watch;
  while (store.state().end.load() - first < static_cast<int64_t>(bytes)) {
    append_or_die(store, batch);
  }
  return watch.stop(store.state().end.load() - first);
}

// Everything on the disk and in the index, the next pages present.
void settle(message_store &store, copy_file &copy, int64_t bytes) {
  copy.sync();
  if (!store.checkpoint_now().ok()) std::abort();
  const int64_t end = store.state().end.load();
  while (store.stats().index_position.load() < end || store.populated() < end + bytes) {
    ::usleep(1000);
  }
  copy.populate(static_cast<size_t>(bytes));
}

}  // namespace

int main(int argc, char **argv) {
  std::filesystem::path dir = argc > 1 ? argv[1] : ".";
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 15;
  const size_t bytes = static_cast<size_t>(argc > 3 ? std::atoi(argv[3]) : 64) << 20;
  std::filesystem::path store_dir = dir / "bench-store";
  std::filesystem::remove_all(store_dir);
  settings s = bench_settings(store_dir);
  s.populate_ahead =
      argc > 4 ? std::atoll(argv[4]) << 20 : static_cast<int64_t>(bytes) * k_window_rounds;
  auto store = open_or_die(s);
  load_batch batch(store->queues().intern("Bench").value(), k_batch, k_body);
  append_or_die(*store, batch);
  const auto record = static_cast<size_t>(store->state().end.load()) / k_batch;
  const std::string source(record * k_batch, 'x');
  {
    copy_file copy(dir / "copy.tmp", static_cast<size_t>(rounds + 1) * bytes);
    for (int i = 0; i < rounds; i++) {
      settle(*store, copy, static_cast<int64_t>(bytes));
      figure copied = copy.fill(bytes, source, record);
      settle(*store, copy, static_cast<int64_t>(bytes));
      figure append = fill_store(*store, batch, bytes);
      std::printf(
          "{\"round\":%d,\"append_gb_s\":%.3f,\"append_msgs_s\":%.0f,\"memcpy_gb_s\":%.3f,"
          "\"share\":%.3f,\"cpu_share\":%.3f,\"roll_waits\":%ld}\n",
          i, append.gb_s(),
          static_cast<double>(append.bytes) / static_cast<double>(record) / append.seconds,
          copied.gb_s(), append.gb_s() / copied.gb_s(), append.cpu_gb_s() / copied.cpu_gb_s(),
          store->stats().roll_waits.load());
      std::fflush(stdout);
    }
  }
  bool closed = store->close().ok();
  std::filesystem::remove_all(store_dir);
  return closed ? 0 : 1;
}
