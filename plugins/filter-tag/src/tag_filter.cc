#include "tag_filter.h"

#include <algorithm>
#include <string>

#include "stanchion/protocol/java_string.h"

namespace stn::filter_tag {
namespace {

constexpr std::string_view k_separator = "||";
constexpr std::string_view k_everything = "*";
constexpr size_t k_linear_max = 8;  // below it a walk is faster than a binary search
constexpr uint32_t k_word = 64;

// Java's trim(): every character up to the blank.
std::string_view trim(std::string_view text) {
  auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool only_separators(std::string_view expression) {
  while (expression.starts_with(k_separator)) expression.remove_prefix(k_separator.size());
  return expression.empty();
}

}  // namespace

result<tag_set> tag_set::parse(std::string_view expression, size_t max_tags) {
  tag_set out;
  if (expression.empty() || expression == k_everything) {
    out.everything_ = true;
    return out;
  }
  if (only_separators(expression)) {
    return status(STN_E_INVALID, "position 0: only separators, no tag");
  }
  for (size_t at = 0; at <= expression.size();) {
    const size_t end = std::min(expression.find(k_separator, at), expression.size());
    const std::string_view tag = trim(expression.substr(at, end - at));
    if (!tag.empty()) {
      if (out.hashes_.size() == max_tags) {
        return status(STN_E_INVALID, "position " + std::to_string(at) + ": more than " +
                                         std::to_string(max_tags) + " tags");
      }
      out.hashes_.push_back(protocol::java_hash(tag));
    }
    at = end + k_separator.size();
  }
  std::sort(out.hashes_.begin(), out.hashes_.end());
  out.hashes_.erase(std::unique(out.hashes_.begin(), out.hashes_.end()), out.hashes_.end());
  return out;
}

bool tag_set::contains(int32_t hash) const {
  if (hashes_.size() > k_linear_max) {
    return std::binary_search(hashes_.begin(), hashes_.end(), hash);
  }
  bool found = false;
  for (const int32_t h : hashes_) found |= h == hash;
  return found;
}

void tag_set::match(const int64_t *hashes, uint32_t n, uint64_t *keep) const {
  if (everything_) return;
  for (uint32_t first = 0; first < n; first += k_word) {
    const uint32_t count = std::min(n - first, k_word);
    uint64_t rejected = 0;
    for (uint32_t i = 0; i < count; i++) {
      const bool wanted = contains(static_cast<int32_t>(hashes[first + i]));
      rejected |= static_cast<uint64_t>(!wanted) << i;
    }
    keep[first / k_word] &= ~rejected;
  }
}

}  // namespace stn::filter_tag
