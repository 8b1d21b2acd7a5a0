#include "tag_filter.h"

#include <algorithm>
#include <string>

#include "stanchion/protocol/java_string.h"
#include "stanchion/protocol/tag_expression.h"

namespace stn::filter_tag {
namespace {

constexpr size_t k_linear_max = 8;  // below it a walk is faster than a binary search
constexpr uint32_t k_word = 64;

}  // namespace

result<tag_set> tag_set::parse(std::string_view expression, size_t max_tags) {
  protocol::tag_expression parsed;
  if (!protocol::parse_tag_expression(expression, &parsed).ok()) {
    return status(STN_E_INVALID, "position 0: only separators, no tag");
  }
  if (parsed.tags.size() > max_tags) {
    const auto at = parsed.tags[max_tags].data() - expression.data();
    return status(STN_E_INVALID, "position " + std::to_string(at) + ": more than " +
                                     std::to_string(max_tags) + " tags");
  }
  tag_set out;
  out.everything_ = parsed.all;
  for (const std::string_view tag : parsed.tags) out.hashes_.push_back(protocol::java_hash(tag));
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
