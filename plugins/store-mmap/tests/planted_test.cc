// The model against a store with a bug in it: what it could not find, it would not guard against.
#include <gtest/gtest.h>

#include "power_cut_model.h"

namespace stn::store_mmap::testing {
namespace {

TEST(planted_bug_test, STN_PLANTED) {
  model_options o;
  o.boundaries = 4000;
  o.violations_max = 1;
  model_report r = run_power_cuts(o);
  ASSERT_FALSE(r.violations.empty()) << "not found at " << r.boundaries << " boundaries";
  std::printf("found after %zu boundaries: %s\n", r.boundaries, r.violations[0].c_str());
}

}  // namespace
}  // namespace stn::store_mmap::testing
