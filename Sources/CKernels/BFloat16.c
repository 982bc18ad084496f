// Products of matrices of bfloat16: the tiles of Matrices.inc over pairs of numbers.

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"))),             \
                             apply_to = function)

#define NAME(x) x##_bf16
#define BYTES 64
#define VECTORS 4
#define WIDTH 16
#define BLOCK (VECTORS * WIDTH)
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float NAME(vector) __attribute__((vector_size(BYTES)));
typedef float NAME(loose) __attribute__((vector_size(BYTES), aligned(4)));
typedef uint32_t NAME(elements) __attribute__((vector_size(BYTES), aligned(4)));

#define ELEMENT uint32_t
#define MULTIPLY_ADD(sum, columns, left)                                                                               \
  sum = (NAME(vector))_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(columns), (__m512bh)_mm512_set1_epi32((int)(left)))
#include "Matrices.inc"

static void NAME(round)(size_t rows, size_t columns, const float *x, size_t stride, uint16_t *out) {
  for (size_t r = 0; r < rows; r++, x += stride, out += columns) {
    size_t c = 0;
    for (; c + 2 * WIDTH <= columns; c += 2 * WIDTH) {
      const __m512bh halves = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + c + WIDTH), _mm512_loadu_ps(x + c));
      _mm512_storeu_si512(out + c, (__m512i)halves);
    }
    for (; c < columns; c += WIDTH) {
      const __mmask16 mask = columns - c < WIDTH ? (__mmask16)((1u << (columns - c)) - 1) : 0xffff;
      const __m256bh halves = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, x + c));
      _mm256_mask_storeu_epi16(out + c, mask, (__m256i)halves);
    }
  }
}

// The numbers of two vectors as pairs.
static inline __m512i NAME(pairs)(__m512 first, __m512 second) {
  const __m512i halves = (__m512i)_mm512_cvtne2ps_pbh(second, first);
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, halves);
}

static void NAME(pack)(size_t inner, size_t columns, const float *x, size_t stride, uint32_t *packed) {
  for (size_t i = 0; i < inner; i += 2, x += 2 * stride, packed += columns) {
    for (size_t c = 0; c < columns; c += WIDTH) {
      const __m512 second = i + 1 < inner ? _mm512_loadu_ps(x + stride + c) : _mm512_setzero_ps();
      _mm512_storeu_si512(packed + c, NAME(pairs)(_mm512_loadu_ps(x + c), second));
    }
  }
}

static void NAME(pack_transposed)(size_t inner, size_t columns, const float *x, size_t stride, uint32_t *packed) {
  for (size_t i = 0; i < inner; i += 2, x += 2, packed += columns) {
    for (size_t c = 0; c < columns; c += WIDTH) {
      float first[WIDTH], second[WIDTH];
      for (size_t k = 0; k < WIDTH; k++) {
        first[k] = x[(c + k) * stride];
        second[k] = i + 1 < inner ? x[(c + k) * stride + 1] : 0;
      }
      _mm512_storeu_si512(packed + c, NAME(pairs)(_mm512_loadu_ps(first), _mm512_loadu_ps(second)));
    }
  }
}

static void NAME(pack_rounded)(size_t inner, size_t columns, const uint16_t *x, size_t stride, uint32_t *packed) {
  for (size_t i = 0; i < inner; i += 2, x += 2 * stride, packed += columns) {
    for (size_t c = 0; c < columns; c += WIDTH) {
      const __m512i first = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(x + c)));
      const __m512i second = i + 1 < inner
                                 ? _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(x + stride + c)))
                                 : _mm512_setzero_si512();
      _mm512_storeu_si512(packed + c, _mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
    }
  }
}

static const kodama_kernels_bf16 NAME(table) = {
    .round = NAME(round),
    .pack = NAME(pack),
    .pack_transposed = NAME(pack_transposed),
    .pack_rounded = NAME(pack_rounded),
    .multiply_matrices = NAME(multiply_matrices),
};

#pragma clang attribute pop

const kodama_kernels_bf16 *kodama_kernels_bf16_entry(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512bf16")
             ? &NAME(table)
             : NULL;
}

int kodama_bf16_is_fast(void) {
  __builtin_cpu_init();
  return kodama_kernels_bf16_entry() && __builtin_cpu_is("amd");
}
#else
const kodama_kernels_bf16 *kodama_kernels_bf16_entry(void) { return NULL; }
int kodama_bf16_is_fast(void) { return 0; }
#endif
