#include <charconv>

#include "schema.h"

namespace stn::kernel {
namespace {

struct unit {
  std::string_view name;
  int64_t factor;
};

constexpr unit k_durations[] = {{"ns", 1},
                                {"us", 1'000},
                                {"ms", 1'000'000},
                                {"s", 1'000'000'000},
                                {"m", 60'000'000'000},
                                {"h", 3'600'000'000'000},
                                {"d", 86'400'000'000'000}};
constexpr unit k_sizes[] = {{"", 1},
                            {"B", 1},
                            {"KiB", int64_t{1} << 10},
                            {"MiB", int64_t{1} << 20},
                            {"GiB", int64_t{1} << 30},
                            {"TiB", int64_t{1} << 40},
                            {"kB", 1'000},
                            {"MB", 1'000'000},
                            {"GB", 1'000'000'000}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// One number with its unit from the front of *text; false if there is none or it does not fit.
template <size_t N>
bool take(std::string_view *text, const unit (&units)[N], int64_t *sum) {
  int64_t n = 0;
  const char *begin = text->data();
  const auto [after, ec] = std::from_chars(begin, begin + text->size(), n);
  if (ec != std::errc() || after == begin || n < 0) return false;
  text->remove_prefix(static_cast<size_t>(after - begin));
  size_t letters = 0;
  while (letters < text->size() && is_letter((*text)[letters])) letters++;
  for (const unit &u : units) {
    if (text->substr(0, letters) != u.name) continue;
    text->remove_prefix(letters);
    int64_t scaled = 0;
    return !__builtin_mul_overflow(n, u.factor, &scaled) &&
           !__builtin_add_overflow(*sum, scaled, sum);
  }
  return false;
}

}  // namespace

std::optional<int64_t> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  int64_t sum = 0;
  while (!text.empty()) {
    if (!take(&text, k_durations, &sum)) return std::nullopt;
  }
  return sum;
}

std::optional<int64_t> parse_bytes(std::string_view text) {
  int64_t sum = 0;
  if (!take(&text, k_sizes, &sum) || !text.empty()) return std::nullopt;
  return sum;
}

}  // namespace stn::kernel
