#include "store_fixture.h"

namespace stn::store_mmap::testing {
namespace {

class time_test : public store_fixture {
 protected:
  int64_t bound(int64_t ms, int32_t which) {
    int64_t out = -1;
    stn_error err{};
    EXPECT_EQ(store_->reader().bound_by_time(topic("T"), 0, ms, which, &out, &err), STN_OK);
    return out;
  }
  int64_t lower(int64_t ms) { return bound(ms, STN_BOUND_LOWER); }
  int64_t upper(int64_t ms) { return bound(ms, STN_BOUND_UPPER); }
  int64_t nearest(int64_t ms) {
    int64_t out = -1;
    stn_error err{};
    EXPECT_EQ(store_->reader().offset_by_time(topic("T"), 0, ms, &out, &err), STN_OK);
    return out;
  }
};

TEST_F(time_test, bounds_of_a_run_of_equal_times) {
  open();
  const int64_t t = now_ms_;
  for (int64_t at : {0, 10, 10, 10, 20}) {
    now_ms_ = t + at;
    put({});
  }
  EXPECT_EQ(lower(t + 10), 1);
  EXPECT_EQ(upper(t + 10), 3);
  EXPECT_EQ(lower(t + 11), 4);
  EXPECT_EQ(upper(t + 19), 3);
  EXPECT_EQ(lower(t - 1), 0);
  EXPECT_EQ(upper(t - 1), 0);
  EXPECT_EQ(lower(t + 21), 5);
  EXPECT_EQ(upper(t + 21), 4);
  EXPECT_EQ(upper(INT64_MAX), 4);
  EXPECT_EQ(lower(INT64_MIN), 0);
  EXPECT_EQ(nearest(t + 14), 3);
  EXPECT_EQ(nearest(t + 16), 4);
  EXPECT_EQ(nearest(t + 99), 4);
}

TEST_F(time_test, queues_that_are_empty_or_not_there) {
  open();
  EXPECT_EQ(lower(5), 0);
  EXPECT_EQ(upper(5), 0);
  int64_t out = -1;
  stn_error err{};
  EXPECT_EQ(store_->reader().bound_by_time(topic("T"), 0, 5, 3, &out, &err), STN_E_UNSUPPORTED);
}

}  // namespace
}  // namespace stn::store_mmap::testing
