#include "base.h"

#include <algorithm>
#include <numeric>

namespace stn::kernel {
namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); j++) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string> &candidates) {
  constexpr size_t k_word_max = 128;  // input decides how much work this is
  if (word.size() > k_word_max) return {};
  const size_t limit = std::max<size_t>(2, word.size() / 3);
  std::string best;
  size_t best_distance = limit + 1;
  for (const auto &c : candidates) {
    if (c.size() > k_word_max) continue;
    const size_t d = edit_distance(word, c);
    if (d < best_distance && d < std::max(word.size(), c.size())) {
      best_distance = d;
      best = c;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string> &candidates) {
  const std::string best = nearest(word, candidates);
  return best.empty() ? std::string() : "did you mean \"" + best + "\"?";
}

std::string join(const std::vector<std::string> &parts, std::string_view between) {
  std::string out;
  for (size_t i = 0; i < parts.size(); i++) {
    if (i > 0) out += between;
    out += parts[i];
  }
  return out;
}

}  // namespace stn::kernel
