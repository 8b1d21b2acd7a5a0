// support.h - what the kernel's unit tests share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base.h"
#include "diagnostics.h"
#include "version.h"

namespace stn::kernel {

inline std::vector<std::string> codes(const diagnostics &d) {
  std::vector<std::string> out;
  for (const auto &e : d.all()) out.push_back(e.code);
  return out;
}

inline size_t count(const diagnostics &d, std::string_view code) {
  size_t n = 0;
  for (const auto &e : d.all()) n += e.code == code ? 1 : 0;
  return n;
}

// The first diagnostic whose text contains `part`; one without code if there is none.
inline const diagnostic *find(const diagnostics &d, std::string_view part) {
  static const diagnostic none{};
  for (const auto &e : d.all()) {
    if (e.text.find(part) != std::string::npos) return &e;
  }
  return &none;
}

}  // namespace stn::kernel
