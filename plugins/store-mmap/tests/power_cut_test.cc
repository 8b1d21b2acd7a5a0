// Every boundary of a trace: 5,000 under sync flush (1,000 with ThreadSanitizer), 1,000 under async flush. STN_POWER_CUTS
// sets other numbers, and STN_POWER_SEED another trace.
#include <gtest/gtest.h>

#include "counts.h"
#include "power_cut_model.h"

namespace stn::store_mmap::testing {
namespace {

void expect_nothing_wrong(bool sync_flush) {
  model_options o;
  o.boundaries = count_of("STN_POWER_CUTS", sync_flush ? 5000 : 1000, 1000);
  o.sync_flush = sync_flush;
  o.seed = count_of("STN_POWER_SEED", 20240917, 20240917);
  model_report r = run_power_cuts(o);
  for (const std::string &v : r.violations) ADD_FAILURE() << v;
  EXPECT_GE(r.boundaries, o.boundaries);
  // Unsynced bytes dropped, kept, torn; each disk once more after an append.
  EXPECT_EQ(r.images, r.boundaries * 6);
  EXPECT_GT(r.removed_files, 0u);
  EXPECT_GT(r.truncations, 0u);
  std::printf("%zu boundaries, %zu disks opened, %zu messages, %zu log files removed, %zu cuts\n",
              r.boundaries, r.images, r.messages, r.removed_files, r.truncations);
}

TEST(power_cut_test, sync_flush_loses_nothing_acknowledged) { expect_nothing_wrong(true); }
TEST(power_cut_test, async_flush_keeps_a_beginning) { expect_nothing_wrong(false); }

}  // namespace
}  // namespace stn::store_mmap::testing
