// version.h - "major.minor.patch" of plugins and the constraints a manifest puts on them. [any]
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace stn::kernel {

struct version {
  uint32_t major = 0;
  uint32_t minor = 0;
  uint32_t patch = 0;
  auto operator<=>(const version &) const = default;
};

// One to three numbers with dots; what is left out is 0.
std::optional<version> parse_version(std::string_view text);

// ">=1.0, <2", "~0.3" (0.3.x), "=1.2.3", "1.2" (the same as "~1.2"), "*" or "" for any.
class version_constraint {
 public:
  static std::optional<version_constraint> parse(std::string_view text);
  bool matches(const version &v) const;

 private:
  struct bound {
    enum class op : uint8_t { ge, gt, le, lt, eq } compare;
    version limit;
  };
  std::vector<bound> bounds_;
};

}  // namespace stn::kernel
