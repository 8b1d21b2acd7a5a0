// Fills a store in a process that is killed, and measures how long a start takes in a new one: with a tail behind the last
// checkpoint, then without. Resident memory and what is mapped and open with it. Prints one JSON line per start. The
// directory stays with `keep`. Usage: store_mmap_open_bench DIRECTORY [GIB [QUEUES [TAIL_MIB [keep]]]]
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <fstream>

#include "store_load.h"

using namespace stn::store_mmap;
using namespace stn::store_mmap::bench;

namespace {

constexpr int32_t k_queues_per_topic = 100;
constexpr uint32_t k_batch = 1000;

// "RssAnon": the process's own memory; "RssFile": pages of mapped files, which the system takes back when it needs them.
int64_t resident_mib(const std::string &what) {
  std::ifstream f("/proc/self/status");
  for (std::string line; std::getline(f, line);) {
    if (line.rfind(what + ":", 0) == 0) return std::atoll(line.c_str() + what.size() + 1) >> 10;
  }
  return 0;
}

int64_t g_anonymous_most = 0;

// Every queue gets its share of the messages. One batch serves all topics: what is measured is the store's memory.
void fill(message_store &store, int64_t bytes, int32_t queues) {
  const int32_t per_topic = std::min(k_queues_per_topic, queues);
  std::vector<uint32_t> topics;
  for (int32_t q = 0; q < queues; q += per_topic) {
    topics.push_back(store.queues().intern("Open" + std::to_string(q / per_topic)).value());
  }
  load_batch batch(0, k_batch, 1024, 0, per_topic);
  const int64_t until = store.state().end.load() + bytes;
  for (size_t i = 0; store.state().end.load() < until; i++) {
    for (stn_append &a : batch.v) a.topic = topics[i % topics.size()];
    append_or_die(store, batch);
    if (i % 64 == 0) g_anonymous_most = std::max(g_anonymous_most, resident_mib("RssAnon"));
  }
}

void report(const char *what, message_store &store, double seconds) {
  const int64_t anonymous = resident_mib("RssAnon");
  std::printf(
      "{\"what\":\"%s\",\"seconds\":%.3f,\"cpu_s\":%.3f,\"gib\":%.1f,\"queues\":%ld,\"checked_"
      "records\":%ld,"
      "\"queues_ms\":%lu,\"records_ms\":%lu,\"cut_ms\":%lu,\"sync_ms\":%lu,"
      "\"anonymous_mib\":%ld,\"anonymous_most_mib\":%ld,\"resident_mib\":%ld,\"file_pages_mib\":%"
      "ld,\"mapped_mib\":%ld,\"open_files\":%ld}\n",
      what, seconds, static_cast<double>(std::clock()) / CLOCKS_PER_SEC,
      static_cast<double>(store.state().end.load()) / (1 << 30), store.stats().queues.load(),
      store.report().records, store.report().queues_ms, store.report().records_ms,
      store.report().cut_ms, store.report().sync_ms, anonymous,
      std::max(anonymous, g_anonymous_most), resident_mib("VmRSS"), resident_mib("RssFile"),
      store.stats().mapped_bytes.load() >> 20, store.stats().open_files.load());
  std::fflush(stdout);
}

// As after other programs have had the memory. Names and inodes stay cached.
void drop_pages(const std::filesystem::path &dir) {
  ::sync();
  for (auto &e : std::filesystem::recursive_directory_iterator(dir)) {
    int fd = e.is_regular_file() ? ::open(e.path().c_str(), O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) continue;
    if (::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) std::abort();
    ::close(fd);
  }
}

// Runs the work in a process of its own, which ends by a kill and not by an orderly stop.
template <class F>
void in_killed_process(F work) {
  pid_t child = ::fork();
  if (child == 0) {
    work();
    ::raise(SIGKILL);
  }
  int how = 0;
  if (::waitpid(child, &how, 0) != child || !WIFSIGNALED(how) || WTERMSIG(how) != SIGKILL) {
    std::fprintf(stderr, "the process ended in another way: %d\n", how);
    std::abort();
  }
}

}  // namespace

int main(int argc, char **argv) {
  std::filesystem::path dir = std::filesystem::path(argc > 1 ? argv[1] : ".") / "bench-open";
  const int64_t gib = argc > 2 ? std::atoi(argv[2]) : 20;
  const int32_t queues = argc > 3 ? std::atoi(argv[3]) : 2000;
  const int64_t tail = int64_t{argc > 4 ? std::atoi(argv[4]) : 64} << 20;
  const bool keep = argc > 5 && std::string(argv[5]) == "keep";
  std::filesystem::remove_all(dir);
  const settings s = bench_settings(dir);
  in_killed_process([&] {
    auto store = open_or_die(s);
    double start = now_s();
    fill(*store, gib << 30, queues);
    if (!store->checkpoint_now().ok()) std::abort();
    fill(*store, tail, queues);
    report("fill", *store, now_s() - start);
  });
  for (const char *what : {"open with a tail", "open without a tail", "open, nothing cached"}) {
    if (std::string(what) == "open, nothing cached") drop_pages(dir);
    in_killed_process([&] {
      double start = now_s();
      auto store = open_or_die(s);
      report(what, *store, now_s() - start);
      if (!store->checkpoint_now().ok()) std::abort();
    });
  }
  if (!keep) std::filesystem::remove_all(dir);
  return 0;
}
