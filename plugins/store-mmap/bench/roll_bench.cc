// Appends at a fixed rate over a number of segment rolls: are appends around a roll slower than elsewhere? Prints one JSON
// line. Usage: store_mmap_roll_bench DIRECTORY [MB_PER_S [ROLLS [SEGMENT_MIB]]]
#include <time.h>

#include <algorithm>
#include <cmath>

#include "store_load.h"

using namespace stn::store_mmap;
using namespace stn::store_mmap::bench;

namespace {

constexpr uint64_t k_around_ns = 25000000;  // 25 ms on each side of a roll
constexpr uint32_t k_batch = 16;

struct sample {
  uint64_t at_ns;
  uint64_t took_ns;
};

double percentile_us(std::vector<uint64_t> v, double p) {
  if (v.empty()) return 0;
  std::sort(v.begin(), v.end());
  auto at = std::min(v.size() - 1, static_cast<size_t>(p * static_cast<double>(v.size())));
  return static_cast<double>(v[at]) / 1000;
}

void wait_until(uint64_t ns) {
  timespec t{static_cast<time_t>(ns / 1000000000), static_cast<long>(ns % 1000000000)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
}

bool is_near(const std::vector<uint64_t> &rolls, uint64_t at) {
  return std::any_of(rolls.begin(), rolls.end(),
                     [at](uint64_t r) { return at + k_around_ns >= r && at <= r + k_around_ns; });
}

// The slowest appends, each with its distance to the nearest roll: what a figure that is too high points at.
void print_slowest(std::vector<sample> v, const std::vector<uint64_t> &rolls, size_t n) {
  n = std::min(n, v.size());
  std::partial_sort(v.begin(), v.begin() + static_cast<ptrdiff_t>(n), v.end(),
                    [](const sample &a, const sample &b) { return a.took_ns > b.took_ns; });
  for (size_t i = 0; i < n; i++) {
    double nearest_ms = 1e9;
    for (uint64_t r : rolls) {
      double ms = (static_cast<double>(v[i].at_ns) - static_cast<double>(r)) / 1e6;
      if (std::abs(ms) < std::abs(nearest_ms)) nearest_ms = ms;
    }
    std::fprintf(stderr, "%10.1f us, %+9.1f ms from a roll\n",
                 static_cast<double>(v[i].took_ns) / 1e3, nearest_ms);
  }
}

}  // namespace

int main(int argc, char **argv) {
  std::filesystem::path dir = std::filesystem::path(argc > 1 ? argv[1] : ".") / "bench-roll";
  const double rate = (argc > 2 ? std::atof(argv[2]) : 100) * 1e6;
  const int wanted = argc > 3 ? std::atoi(argv[3]) : 10;
  std::filesystem::remove_all(dir);
  settings s = bench_settings(dir);
  s.segment_size = int64_t{argc > 4 ? std::atoi(argv[4]) : 1024} << 20;
  auto store = open_or_die(s);
  load_batch batch(store->queues().intern("Bench").value(), k_batch, 1024);
  append_or_die(*store, batch);
  std::vector<sample> samples;
  std::vector<uint64_t> rolls;
  samples.reserve(4 << 20);
  const double step_ns = static_cast<double>(store->state().end.load()) / rate * 1e9;
  const uint64_t start = mono_ns();
  int64_t segment = 0;
  for (uint64_t i = 0; static_cast<int>(rolls.size()) < wanted; i++) {
    wait_until(start + static_cast<uint64_t>(static_cast<double>(i) * step_ns));
    uint64_t before = mono_ns();
    append_or_die(*store, batch);
    uint64_t after = mono_ns();
    samples.push_back({before, after - before});
    int64_t now = store->state().end.load() / s.segment_size;
    if (now != segment) rolls.push_back(before);
    segment = now;
  }
  std::vector<uint64_t> near;
  std::vector<uint64_t> far;
  for (const sample &x : samples) (is_near(rolls, x.at_ns) ? near : far).push_back(x.took_ns);
  double near_us = percentile_us(near, 0.999);
  double far_us = percentile_us(far, 0.999);
  std::printf(
      "{\"rolls\":%d,\"mb_s\":%.0f,\"near_p50_us\":%.1f,\"near_p999_us\":%.1f,\"far_p50_us\":%.1f,"
      "\"far_p999_us\":%.1f,\"near_max_us\":%.1f,\"far_max_us\":%.1f,\"ratio_p999\":%.2f,\"roll_"
      "waits\":%ld,"
      "\"samples_near\":%zu,\"segment_mib\":%ld}\n",
      wanted, rate / 1e6, percentile_us(near, 0.5), near_us, percentile_us(far, 0.5), far_us,
      percentile_us(near, 1), percentile_us(far, 1), near_us / far_us,
      store->stats().roll_waits.load(), near.size(), s.segment_size >> 20);
  print_slowest(samples, rolls, 20);
  bool closed = store->close().ok();
  std::filesystem::remove_all(dir);
  return closed ? 0 : 1;
}
