// text_scan.h - how far a text goes before a byte that JSON treats specially. Reads inside [p, p + n) only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stn::protocol {

// What stops a scan: a reader stops at quote and backslash, a writer at control characters as well.
enum class stop_at { quote, escape };

template <stop_at stop>
inline bool stops(char c) {
  return c == '"' || c == '\\' || (stop == stop_at::escape && static_cast<unsigned char>(c) < 0x20);
}

#if defined(__SSE2__)
template <stop_at stop>
inline uint32_t stop_mask(const char *p) {
  const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
  __m128i hit =
      _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
  if constexpr (stop == stop_at::escape) {
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v));
  }
  return static_cast<uint32_t>(_mm_movemask_epi8(hit));
}
#endif

// Number of leading bytes of [p, p + n) that do not stop the scan.
template <stop_at stop>
inline size_t plain_prefix(const char *p, size_t n) {
  size_t i = 0;
#if defined(__SSE2__)
  for (; i + 16 <= n; i += 16) {
    const uint32_t mask = stop_mask<stop>(p + i);
    if (mask != 0) return i + static_cast<size_t>(__builtin_ctz(mask));
  }
  if (n >= 16 && i < n) {
    // The rest once more with the bytes before it: a full load that ends where the text ends.
    const uint32_t mask = stop_mask<stop>(p + n - 16);
    return mask == 0 ? n : n - 16 + static_cast<size_t>(__builtin_ctz(mask));
  }
#endif
  for (; i < n; ++i) {
    if (stops<stop>(p[i])) return i;
  }
  return n;
}

// Does any byte of the word need an escape in JSON text?
inline bool word_needs_escape(uint64_t v) {
  constexpr uint64_t k_ones = 0x0101010101010101;
  constexpr uint64_t k_tops = 0x8080808080808080;
  const auto zero = [](uint64_t x) { return (x - k_ones) & ~x; };
  const uint64_t control = (v - k_ones * 0x20) & ~v;
  return ((control | zero(v ^ k_ones * '"') | zero(v ^ k_ones * '\\')) & k_tops) != 0;
}

// Copies text to `to` if nothing in it needs an escape; returns the end, or nullptr when something does. Writes inside
// [to, to + text.size()) only.
inline char *copy_plain(char *to, std::string_view text) {
  const char *p = text.data();
  const size_t n = text.size();
  const auto move = [&]<class Word>(Word, size_t at) {
    Word v;
    std::memcpy(&v, p + at, sizeof(v));
    std::memcpy(to + at, &v, sizeof(v));
    // Space is plain: it fills up what is not there.
    return word_needs_escape(sizeof(Word) == 8 ? v : v | 0x2020202000000000);
  };
  bool escape = false;
  if (n >= 8) {
    for (size_t i = 0; i + 8 < n; i += 8) escape |= move(uint64_t{}, i);
    escape |= move(uint64_t{}, n - 8);
  } else if (n >= 4) {
    escape = move(uint32_t{}, 0);
    escape |= move(uint32_t{}, n - 4);
  } else {
    for (size_t i = 0; i < n; ++i) {
      to[i] = p[i];
      escape |= stops<stop_at::escape>(p[i]);
    }
  }
  return escape ? nullptr : to + n;
}

}  // namespace stn::protocol
