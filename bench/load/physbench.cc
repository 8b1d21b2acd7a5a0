// physbench: limits of the machine that bound any message store: memcpy, sequential writes into a mapping,
// page-cache writes, fdatasync rates, loopback round trips. Usage: physbench DIRECTORY [MiB] [fdatasync]
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::size_t;
using std::string;
using std::vector;

enum class Mapping { sparse, fallocated, rewritten };

double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
[[noreturn]] void die(const char *m) {
  perror(m);
  exit(1);
}
vector<char> &source() {
  static vector<char> bytes(256 << 20, 'x');
  return bytes;
}
double microseconds_at(const vector<double> &sorted, size_t percent) {
  return sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)] * 1e6;
}

void bench_memcpy() {
  vector<char> dst(source().size(), 'y');
  double t = now();
  for (int i = 0; i < 8; i++) memcpy(dst.data(), source().data(), source().size());
  t = now() - t;
  printf("{\"test\":\"memcpy_256MiB\",\"gb_s\":%.2f}\n", 8.0 * (double)dst.size() / t / 1e9);
  t = now();
  for (int i = 0; i < 400000; i++) {
    memcpy(dst.data() + (i & 63) * 4096, source().data(), 4096);
    asm volatile("" ::: "memory");
  }
  t = now() - t;
  printf("{\"test\":\"memcpy_4KiB_hot\",\"gb_s\":%.2f}\n", 400000.0 * 4096 / t / 1e9);
}

void bench_mapping(const string &path, size_t size, const char *name, Mapping mode) {
  int fd = open(path.c_str(), O_RDWR | O_CREAT | (mode == Mapping::rewritten ? 0 : O_TRUNC), 0600);
  if (fd < 0) die("open");
  if (mode == Mapping::fallocated && posix_fallocate(fd, 0, (off_t)size)) die("fallocate");
  if (mode == Mapping::sparse && ftruncate(fd, (off_t)size)) die("ftruncate");
  double t = now();
  char *p = (char *)mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (p == MAP_FAILED) die("mmap");
  for (size_t o = 0; o < size; o += 1024) memcpy(p + o, source().data() + (o & 0xffff), 1024);
  double write = now() - t;
  t = now();
  if (msync(p, size, MS_SYNC)) die("msync");
  double sync = now() - t;
  printf(
      "{\"test\":\"%s\",\"mib\":%zu,\"write_gb_s\":%.3f,\"msync_s\":%.3f,\"with_sync_mb_s\":%.0f}"
      "\n",
      name, size >> 20, (double)size / write / 1e9, sync, (double)size / (write + sync) / 1e6);
  munmap(p, size);
  close(fd);
}

void bench_pwrite(const string &path, size_t size) {
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) die("open");
  double t = now();
  for (size_t o = 0; o < size; o += 65536)
    if (pwrite(fd, source().data(), 65536, (off_t)o) != 65536) die("pwrite");
  double write = now() - t;
  t = now();
  fdatasync(fd);
  double sync = now() - t;
  printf(
      "{\"test\":\"pwrite_64KiB\",\"write_gb_s\":%.3f,\"fdatasync_s\":%.3f,\"with_sync_mb_s\":%.0f}"
      "\n",
      (double)size / write / 1e9, sync, (double)size / (write + sync) / 1e6);
  close(fd);
}

void bench_fdatasync(const string &path, size_t block, bool overwrite) {
  const size_t window = 64u << 20;
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) die("open");
  if (overwrite) {
    for (size_t o = 0; o < window; o += 1 << 20)
      if (pwrite(fd, source().data(), 1 << 20, (off_t)o) < 0) die("pwrite");
    fsync(fd);
  }
  vector<double> took;
  double begin = now(), t = begin;
  for (size_t o = 0; t - begin < 2.0 && took.size() < 20000; o += block) {
    if (pwrite(fd, source().data(), block, (off_t)(o % window)) < 0) die("pwrite");
    if (fdatasync(fd)) die("fdatasync");
    double u = now();
    took.push_back(u - t);
    t = u;
  }
  std::sort(took.begin(), took.end());
  double n = (double)took.size();
  printf(
      "{\"test\":\"fdatasync_%zuKiB_%s\",\"per_s\":%.0f,\"mb_s\":%.0f,\"p50_us\":%.0f,\"p99_us\":%."
      "0f,"
      "\"max_us\":%.0f}\n",
      block / 1024, overwrite ? "overwrite" : "append", n / (t - begin),
      n * (double)block / (t - begin) / 1e6, microseconds_at(took, 50), microseconds_at(took, 99),
      took.back() * 1e6);
  close(fd);
}

void echo_server(int listener) {
  int fd = accept(listener, nullptr, nullptr), one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char b[512];
  ssize_t r;
  while ((r = recv(fd, b, sizeof b, 0)) > 0)
    if (send(fd, b, (size_t)r, 0) < 0) break;
  close(fd);
}

void bench_loopback() {
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof a;
  if (bind(listener, (sockaddr *)&a, sizeof a) || listen(listener, 1) ||
      getsockname(listener, (sockaddr *)&a, &length))
    die("listen");
  std::thread server(echo_server, listener);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (sockaddr *)&a, sizeof a)) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char b[512] = {0};
  vector<double> took;
  double begin = now(), t = begin;
  while (t - begin < 1.5) {
    if (send(fd, b, 64, 0) < 0 || recv(fd, b, sizeof b, 0) <= 0) die("rtt");
    double u = now();
    took.push_back(u - t);
    t = u;
  }
  close(fd);
  server.join();
  std::sort(took.begin(), took.end());
  printf("{\"test\":\"loopback_rtt_64B\",\"per_s\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
         (double)took.size() / (t - begin), microseconds_at(took, 50), microseconds_at(took, 99));
}

}  // namespace

int main(int argc, char **argv) {
  string dir = argc > 1 ? argv[1] : ".", path = dir + "/physbench.tmp";
  size_t size = (argc > 2 ? strtoull(argv[2], nullptr, 10) : 1024) << 20;
  if (argc > 3 && string(argv[3]) == "fdatasync") {
    bench_fdatasync(path, 4096, true);
    bench_fdatasync(path, 65536, true);
    unlink(path.c_str());
    return 0;
  }
  bench_memcpy();
  bench_mapping(path, size, "mmap_seq_1KiB_sparse", Mapping::sparse);
  bench_mapping(path, size, "mmap_seq_1KiB_fallocated", Mapping::fallocated);
  bench_mapping(path, size, "mmap_seq_1KiB_rewrite", Mapping::rewritten);
  bench_pwrite(path, size);
  for (size_t block : {(size_t)4096, (size_t)65536, (size_t)1 << 20})
    for (bool overwrite : {true, false}) bench_fdatasync(path, block, overwrite);
  unlink(path.c_str());
  bench_loopback();
}
