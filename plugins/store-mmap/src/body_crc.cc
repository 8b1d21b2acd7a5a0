#include "body_crc.h"

#include <isa-l/crc.h>

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace stn::store_mmap {
namespace {

uint32_t by_isal(uint32_t seed, const uint8_t *at, size_t n) {
  return n == 0 ? seed : crc32_gzip_refl(seed, at, n);
}

#if defined(__x86_64__)

#define STN_FOLDS __attribute__((target("vpclmulqdq,pclmul,avx2")))

constexpr size_t k_fold_least = 256;  // shorter ones are not worth the way in and out

// x^n modulo the polynomial, in reflected order, where the coefficient of x^31 is the lowest bit.
constexpr uint64_t power_of_x(unsigned n) {
  uint32_t r = 0x80000000u;
  for (unsigned i = 0; i < n; i++) r = (r & 1) != 0 ? (r >> 1) ^ 0xEDB88320u : r >> 1;
  return r;
}

// To move 16 bytes forward by `bits`, their halves are multiplied with these; a product of reflected numbers is one bit
// short, hence the shift.
struct fold_pair {
  uint64_t low, high;
  constexpr explicit fold_pair(unsigned bits)
      : low(power_of_x(bits + 32) << 1), high(power_of_x(bits - 32) << 1) {}
};
constexpr fold_pair k_by_128(1024);  // bytes
constexpr fold_pair k_by_32(256);
constexpr fold_pair k_by_16(128);
constexpr uint64_t k_to_32 = power_of_x(64) << 1;
constexpr uint64_t k_polynomial =
    0x1DB710641;  // with all 33 bits, and its inverse: Barrett's reduction
constexpr uint64_t k_inverse = 0x1F7011641;

STN_FOLDS inline __m256i wide(const fold_pair &k) {
  return _mm256_set_epi64x(static_cast<int64_t>(k.high), static_cast<int64_t>(k.low),
                           static_cast<int64_t>(k.high), static_cast<int64_t>(k.low));
}

STN_FOLDS inline __m256i load(const uint8_t *at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(at));
}

// Reads 32 bytes, and writes them too if there is somewhere to write.
template <bool copies>
STN_FOLDS inline __m256i take(const uint8_t *at, uint8_t *to) {
  __m256i v = load(at);
  if constexpr (copies) _mm256_storeu_si256(reinterpret_cast<__m256i *>(to), v);
  return v;
}

STN_FOLDS inline __m256i fold(__m256i x, __m256i next, __m256i k) {
  __m256i low = _mm256_clmulepi64_epi128(x, k, 0x00);
  __m256i high = _mm256_clmulepi64_epi128(x, k, 0x11);
  return _mm256_xor_si256(_mm256_xor_si256(low, high), next);
}

STN_FOLDS inline __m128i fold(__m128i x, __m128i next, __m128i k) {
  __m128i low = _mm_clmulepi64_si128(x, k, 0x00);
  __m128i high = _mm_clmulepi64_si128(x, k, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// The remainder of 16 bytes.
STN_FOLDS inline uint32_t reduce(__m128i x, __m128i by_16) {
  const __m128i low_words = _mm_setr_epi32(-1, 0, -1, 0);
  const __m128i barrett =
      _mm_set_epi64x(static_cast<int64_t>(k_inverse), static_cast<int64_t>(k_polynomial));
  x = _mm_xor_si128(_mm_srli_si128(x, 8), _mm_clmulepi64_si128(x, by_16, 0x10));
  __m128i k = _mm_cvtsi64_si128(static_cast<int64_t>(k_to_32));
  x = _mm_xor_si128(_mm_srli_si128(x, 4),
                    _mm_clmulepi64_si128(_mm_and_si128(x, low_words), k, 0x00));
  __m128i q = _mm_clmulepi64_si128(_mm_and_si128(x, low_words), barrett, 0x10);
  q = _mm_clmulepi64_si128(_mm_and_si128(q, low_words), barrett, 0x00);
  return static_cast<uint32_t>(_mm_extract_epi32(_mm_xor_si128(x, q), 1));
}

// n >= 128. The multiplications run while the copy waits for memory.
template <bool copies>
STN_FOLDS uint32_t by_folding(const uint8_t *at, size_t n, uint8_t *to) {
  __m256i a = _mm256_xor_si256(take<copies>(at, to), _mm256_setr_epi32(-1, 0, 0, 0, 0, 0, 0, 0));
  __m256i b = take<copies>(at + 32, to + 32);
  __m256i c = take<copies>(at + 64, to + 64);
  __m256i d = take<copies>(at + 96, to + 96);
  const __m256i by_128 = wide(k_by_128);
  for (at += 128, to += 128, n -= 128; n >= 128; at += 128, to += 128, n -= 128) {
    a = fold(a, take<copies>(at, to), by_128);
    b = fold(b, take<copies>(at + 32, to + 32), by_128);
    c = fold(c, take<copies>(at + 64, to + 64), by_128);
    d = fold(d, take<copies>(at + 96, to + 96), by_128);
  }
  const __m256i by_32 = wide(k_by_32);
  __m256i all = fold(fold(fold(a, b, by_32), c, by_32), d, by_32);
  for (; n >= 32; at += 32, to += 32, n -= 32) all = fold(all, take<copies>(at, to), by_32);
  const __m128i by_16 = _mm256_castsi256_si128(wide(k_by_16));
  __m128i x = fold(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1), by_16);
  if (copies && n != 0) std::memcpy(to, at, n);
  return by_isal(~reduce(x, by_16), at, n);
}

bool can_fold() {
  return __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx2") &&
         __builtin_cpu_supports("pclmul");
}

#endif

template <bool copies>
uint32_t best_crc(const uint8_t *at, size_t n, uint8_t *to) {
#if defined(__x86_64__)
  static const bool folds = can_fold();
  if (folds && n >= k_fold_least) return by_folding<copies>(at, n, to);
#endif
  if (copies && n != 0) std::memcpy(to, at, n);
  return by_isal(0, at, n);
}

}  // namespace

uint32_t crc32_isal(const void *data, size_t n) {
  return by_isal(0, static_cast<const uint8_t *>(data), n);
}

uint32_t crc32_zlib(const void *data, size_t n) {
  // Nothing is written: the second place only keeps step with the first.
  const auto *at = static_cast<const uint8_t *>(data);
  return best_crc<false>(at, n, const_cast<uint8_t *>(at));
}

uint32_t crc32_zlib_copy(void *to, const void *data, size_t n) {
  return best_crc<true>(static_cast<const uint8_t *>(data), n, static_cast<uint8_t *>(to));
}

}  // namespace stn::store_mmap
