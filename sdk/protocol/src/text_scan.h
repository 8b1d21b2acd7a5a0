// text_scan.h - how far a text goes before a byte that JSON treats specially. Reads inside [p, p + n) only.
#pragma once

#include <cstddef>
#include <cstdint>

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

}  // namespace stn::protocol
