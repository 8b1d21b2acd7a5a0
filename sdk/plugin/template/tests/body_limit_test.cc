#include <gtest/gtest.h>

#include "stanchion/ext/put_hook.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace {

TEST(BodyLimit, RefusesOnlyBodiesOverTheLimit) {
  stn::testing::fake_host h;
  h.set_cfg("max_body", 4);
  stn::testing::hosted_plugin p(h);
  ASSERT_EQ(p.up(), STN_OK) << p.error();
  auto hook = p.get<stn_put_hook_api>(STN_PUT_HOOK_ID);
  stn_append v[2] = {};
  v[0].body = {"abcd", 4};
  v[1].body = {"abcde", 5};
  stn_verdict verdict[2] = {};
  stn_scratch none{};
  hook->before_append(hook.self, v, verdict, 2, &none);
  EXPECT_EQ(verdict[0].code, 0);
  EXPECT_EQ(verdict[1].code, 13);
  EXPECT_EQ(h.metrics().value("body_limit_refused_total"), 1);
}

}  // namespace
