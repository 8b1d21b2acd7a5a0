// tag_filter.h - the tags of a TAG expression, and matching queue entries by the hash of their tag.
//
// A queue entry holds only the 32-bit Java hash of the tag, so a match here can be another tag of equal hash; consumers
// compare the text again. Values, immutable after parse(). [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "stanchion/sdk/status.h"

namespace stn::filter_tag {

class tag_set {
 public:
  // STN_E_INVALID: nothing but separators, or more than max_tags tags; the message names the byte position.
  static result<tag_set> parse(std::string_view expression, size_t max_tags);

  bool everything() const { return everything_; }
  size_t size() const { return hashes_.size(); }

  // Clears bit i of keep, which holds (n + 63) / 64 words, for each entry of hashes[0..n) that is not in the set. Bits
  // behind n stay as they are.
  void match(const int64_t *hashes, uint32_t n, uint64_t *keep) const;

 private:
  bool contains(int32_t hash) const;

  bool everything_ = false;
  std::vector<int32_t> hashes_;  // sorted, each once
};

}  // namespace stn::filter_tag
