// base.h - small things that every file of the kernel uses. All functions are [any].
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/abi.h"

// A broken invariant of our own is a bug: stop before it does harm. Never used on input.
#define STN_CHECK(cond)                                                             \
  do {                                                                              \
    if (!(cond)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #cond); \
      std::abort();                                                                 \
    }                                                                               \
  } while (false)

namespace stn::kernel {

inline constexpr int k_exit_ok = 0;
inline constexpr int k_exit_failure = 1;
inline constexpr int k_exit_config = 78;

inline std::string_view view(stn_str s) { return {s.data, s.len}; }
inline stn_str str(std::string_view s) { return {s.data(), s.size()}; }

// The candidate that `word` is most likely a typing error of; empty if none is close.
std::string nearest(std::string_view word, const std::vector<std::string> &candidates);

// " (did you mean ...)" as a hint, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string> &candidates);

std::string join(const std::vector<std::string> &parts, std::string_view between);

}  // namespace stn::kernel
