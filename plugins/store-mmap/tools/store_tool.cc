// stanchion-store: looks at the files of a store whose broker is stopped. `stanchion store ...` runs it.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>

#include "store_check.h"

namespace stn::store_mmap {
namespace {

int usage(std::FILE *to) {
  std::fputs(
      "stanchion store verify DIR   every damaged or inconsistent record with its position; exit 1 "
      "if there is one\n"
      "stanchion store dump DIR     every record of the log, one per line\n"
      "DIR is the store's directory, with commitlog/ in it; its broker must be stopped\n",
      to);
  return to == stdout ? 0 : 2;
}

int verify(const store_files &store) {
  store_check check(store, [](const std::string &line) { std::printf("%s\n", line.c_str()); });
  check_totals t = check.run();
  std::printf("%" PRId64 " log files, %" PRId64 " records up to %" PRId64 ", %" PRId64
              " queues, %" PRId64 " entries, %" PRId64 " index entries%s: %" PRId64 " problems\n",
              t.log_files, t.records, t.log_end, t.queues, t.entries, t.index_entries,
              store.was_running() ? ", not stopped in order" : "", t.problems);
  return t.problems == 0 ? 0 : 1;
}

// Control characters and separators of properties, visible.
std::string printable(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\1') {
      out += '=';
    } else if (c == '\2') {
      out += ' ';
    } else {
      out += static_cast<unsigned char>(c) < 0x20 ? '.' : c;
    }
  }
  return out;
}

int dump(const store_files &store) {
  std::printf("phys size topic queue offset store_ms flag sysflag body_bytes crc properties\n");
  for (int64_t at = store.first(); at < store.end();) {
    uint64_t left = 0;
    record_view r{};
    const uint8_t *data = store.at(at, &left);
    if (data == nullptr) break;
    record_kind kind = parse_record(data, left, false, &r);
    if (kind == record_kind::blank) {
      std::printf("%" PRId64 " %" PRIu64 " blank\n", at, left);
      at += static_cast<int64_t>(left);
      continue;
    }
    if (kind == record_kind::end) break;
    if (kind == record_kind::damaged || r.phys != at) {
      std::printf("%" PRId64 " damaged; `stanchion store verify` says more\n", at);
      return 1;
    }
    bool good = body_crc(r.body.data(), r.body.size()) == r.crc;
    std::printf("%" PRId64 " %" PRIu32 " %s %" PRId32 " %" PRId64 " %" PRId64 " %" PRId32
                " %" PRIx32 " %zu %s %s\n",
                at, r.size, printable(r.topic).c_str(), r.queue, r.queue_offset, r.store_ms, r.flag,
                static_cast<uint32_t>(r.sysflag), r.body.size(), good ? "good" : "BAD",
                printable(r.props).c_str());
    at += r.size;
  }
  return 0;
}

}  // namespace
}  // namespace stn::store_mmap

int main(int argc, char **argv) {
  using namespace stn::store_mmap;
  if (argc == 2 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0)) {
    return usage(stdout);
  }
  if (argc != 3) return usage(stderr);
  const std::string verb = argv[1];
  if (verb != "verify" && verb != "dump") return usage(stderr);
  store_files store(posix_files(), argv[2]);
  if (stn::status s = store.load(); !s.ok()) {
    std::fprintf(stderr, "stanchion store: %s\n", s.message().c_str());
    return 2;
  }
  return verb == "verify" ? verify(store) : dump(store);
}
