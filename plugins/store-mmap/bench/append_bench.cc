// Appends 1 KiB bodies in batches and copies the same bytes into a populated mapping, alternating in one run, on one file
// system. Prints one JSON line per round. Usage: store_mmap_bench DIRECTORY [ROUNDS [MIB_PER_ROUND]]
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "background.h"
#include "message_store.h"

using namespace stn::store_mmap;

namespace {

constexpr uint32_t k_batch = 64;
constexpr size_t k_body = 1024;
const char k_host[9] = "\x7f\x00\x00\x01\x00\x00\x2a\x9f";

struct figure {
  double seconds;
  int64_t bytes;
  double gb_s() const { return static_cast<double>(bytes) / seconds / 1e9; }
};

double now_s() { return static_cast<double>(mono_ns()) / 1e9; }

// What append moves, moved by memcpy alone: record after record into a mapping whose pages are present.
figure copy_round(const std::filesystem::path &dir, size_t bytes, size_t record) {
  std::string path = dir / "copy.tmp";
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)) != 0) std::abort();
  auto *map =
      static_cast<char *>(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  if (map == MAP_FAILED) std::abort();
  ::madvise(map, bytes, MADV_POPULATE_WRITE);
  std::string source(record * k_batch, 'x');
  double start = now_s();
  size_t at = 0;
  for (; at + source.size() <= bytes; at += source.size()) {
    for (size_t i = 0; i < k_batch; i++)
      std::memcpy(map + at + i * record, &source[i * record], record);
  }
  figure f{now_s() - start, static_cast<int64_t>(at)};
  ::munmap(map, bytes);
  ::close(fd);
  ::unlink(path.c_str());
  return f;
}

struct source_batch {
  std::string bodies = std::string(k_body * k_batch, 'x');
  std::string props =
      "UNIQ_KEY\1"
      "7F00000100002A9F0000000000000000\2WAIT\1true";
  std::vector<stn_append> v{k_batch};
  source_batch(uint32_t topic) {
    for (uint32_t i = 0; i < k_batch; i++) {
      v[i].topic = topic;
      v[i].queue = static_cast<int32_t>(i % 4);
      v[i].born_host = v[i].store_host = {k_host, 8};
      v[i].body = {&bodies[i * k_body], k_body};
      v[i].n_props = 1;
      v[i].props[0] = {props.data(), props.size()};
    }
  }
};

uint64_t g_completed = 0;

// The window that is populated ahead covers a whole round, so both sides write into present pages.
void wait_until_populated(const message_store &store, int64_t bytes) {
  while (store.populated() < store.state().end.load() + bytes) ::usleep(1000);
}

figure append_round(message_store &store, source_batch &batch, size_t bytes) {
  stn_sink sink{{sizeof(stn_sink), STN_VER(1, 0)},
                nullptr,
                [](const stn_sink *, const stn_cqe *, uint32_t n) { g_completed += n; }};
  stn_error err{};
  if (store.append(batch.v.data(), k_batch, nullptr, &sink, &err) != STN_OK) std::abort();
  wait_until_populated(store, static_cast<int64_t>(bytes));
  int64_t first = store.state().end.load();
  double start = now_s();
  while (store.state().end.load() - first < static_cast<int64_t>(bytes)) {
    if (store.append(batch.v.data(), k_batch, nullptr, &sink, &err) != STN_OK) {
      std::fprintf(stderr, "append: %s\n", err.msg);
      std::abort();
    }
  }
  return {now_s() - start, store.state().end.load() - first};
}

}  // namespace

int main(int argc, char **argv) {
  std::filesystem::path dir = argc > 1 ? argv[1] : ".";
  int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  size_t bytes = static_cast<size_t>(argc > 3 ? std::atoi(argv[3]) : 512) << 20;
  std::filesystem::path store_dir = dir / "bench-store";
  std::filesystem::remove_all(store_dir);
  settings s;
  s.dir = store_dir;
  s.sync_flush = false;
  s.populate_ahead = static_cast<int64_t>(bytes) * 2;
  parse_delay_levels(k_delay_levels_default, &s.delay_ms);
  message_store store(stn::store_mmap::posix_files(), s, system_clock(),
                      [](int32_t, const std::string &) {});
  if (!store.open().ok()) return 1;
  source_batch batch(store.queues().intern("Bench").value());
  const size_t record = k_record_fixed + k_body + batch.props.size() + 5;
  for (int i = 0; i < rounds; i++) {
    figure append = append_round(store, batch, bytes);
    figure copy = copy_round(dir, bytes, record);
    std::printf(
        "{\"round\":%d,\"append_gb_s\":%.3f,\"append_msgs_s\":%.0f,\"memcpy_gb_s\":%.3f,\"share\":%"
        ".3f,"
        "\"roll_waits\":%ld}\n",
        i, append.gb_s(),
        static_cast<double>(append.bytes) / static_cast<double>(record) / append.seconds,
        copy.gb_s(), append.gb_s() / copy.gb_s(), store.stats().roll_waits.load());
    std::fflush(stdout);
    if (!store.checkpoint_now().ok()) return 1;
  }
  bool closed = store.close().ok();
  std::filesystem::remove_all(store_dir);
  return closed ? 0 : 1;
}
