// How often the calling thread allocated, for tests that promise "no allocation per message".
//
// Link `stn_test_allocations`: it replaces operator new of the test program. Calls of malloc itself are not counted;
// the test of the whole server (tests/fault) counts those too.
#pragma once

#include <cstdint>

namespace stn::testing {

// Calls of operator new by this thread since it began.
uint64_t allocations() noexcept;

}  // namespace stn::testing
