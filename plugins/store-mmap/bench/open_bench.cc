// Fills a store, leaves it as a kill would, and measures how long a start takes; resident memory and what is mapped with
// it. Prints one JSON line. Usage: store_mmap_open_bench DIRECTORY [GIB [QUEUES [TAIL_MIB]]]
#include <fstream>

#include "store_load.h"

using namespace stn::store_mmap;
using namespace stn::store_mmap::bench;

namespace {

constexpr int32_t k_queues_per_topic = 100;

int64_t resident_kib() {
  std::ifstream f("/proc/self/status");
  for (std::string line; std::getline(f, line);) {
    if (line.rfind("RssAnon:", 0) == 0) return std::atoll(line.c_str() + 8);
  }
  return 0;
}

void fill(message_store &store, int64_t bytes, int32_t queues) {
  std::vector<load_batch> batches;
  batches.reserve(static_cast<size_t>(queues / k_queues_per_topic) + 1);
  for (int32_t q = 0; q < queues; q += k_queues_per_topic) {
    std::string name = "Open" + std::to_string(q / k_queues_per_topic);
    batches.emplace_back(store.queues().intern(name).value(), k_queues_per_topic, 10000, 0,
                         std::min(k_queues_per_topic, queues - q));
  }
  const int64_t until = store.state().end.load() + bytes;
  for (size_t i = 0; store.state().end.load() < until; i++) {
    append_or_die(store, batches[i % batches.size()]);
  }
}

}  // namespace

int main(int argc, char **argv) {
  std::filesystem::path dir = std::filesystem::path(argc > 1 ? argv[1] : ".") / "bench-open";
  const int64_t gib = argc > 2 ? std::atoi(argv[2]) : 20;
  const int32_t queues = argc > 3 ? std::atoi(argv[3]) : 2000;
  const int64_t tail = int64_t{argc > 4 ? std::atoi(argv[4]) : 64} << 20;
  std::filesystem::remove_all(dir);
  settings s = bench_settings(dir);
  s.checkpoint_interval_ms = 1000000000;
  {
    auto store = open_or_die(s);
    fill(*store, gib << 30, queues);
    if (!store->checkpoint_now().ok()) return 1;
    fill(*store, tail, queues);
  }  // no close(): as after a kill, all that was written is in the page cache
  double start = now_s();
  auto store = open_or_die(s);
  double opened = now_s() - start;
  std::printf(
      "{\"gib\":%ld,\"queues\":%ld,\"tail_mib\":%ld,\"open_s\":%.3f,\"checked_records\":%ld,"
      "\"anonymous_mib\":%ld,\"mapped_mib\":%ld,\"open_files\":%ld}\n",
      gib, store->stats().queues.load(), tail >> 20, opened, store->report().records,
      resident_kib() >> 10, store->stats().mapped_bytes.load() >> 20,
      store->stats().open_files.load());
  store.reset();
  std::filesystem::remove_all(dir);
  return 0;
}
