// The entries of the generation kernels: the template compiled for each instruction set.

#include "CKernels.h"
#include "Functions.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(x) JOIN(x, SUFFIX)
#define EXP NAME(fast_exp)
#define DOT_BYTES NAME(dot_bytes)
#define DOT_BF16 NAME(dot_bf16)

#define VECTOR_TYPES                                                                                                   \
  typedef float NAME(floats) __attribute__((vector_size(KODAMA_ROW_BYTES)));                                           \
  typedef int32_t NAME(integers) __attribute__((vector_size(KODAMA_ROW_BYTES)));                                       \
  typedef uint8_t NAME(bytes) __attribute__((vector_size(KODAMA_ROW_BYTES)));                                          \
  typedef uint16_t NAME(halves) __attribute__((vector_size(KODAMA_LANES * 2)));                                        \
  typedef uint8_t NAME(quarters) __attribute__((vector_size(KODAMA_LANES)));

// Each half of a pair of bfloat16 is a float without its lower bits.
#define DOT_BF16_BY_HALVES                                                                                             \
  static inline __attribute__((always_inline)) void NAME(dot_bf16)(NAME(floats) *sums, const char *row,                \
                                                                   const char *x) {                                    \
    const NAME(integers) pairs = *(const NAME(integers) *)row;                                                         \
    int32_t bits;                                                                                                      \
    memcpy(&bits, x, sizeof bits);                                                                                     \
    const NAME(integers) both = (NAME(integers)){0} + bits;                                                            \
    *sums += (NAME(floats))(pairs << 16) * (NAME(floats))(both << 16);                                                 \
    *sums += (NAME(floats))(pairs & (int32_t)0xffff0000) * (NAME(floats))(both & (int32_t)0xffff0000);                 \
  }

#define SUFFIX generation_portable
#define ENTRY "portable"
#define VECTORS 2
#define STEPS 2
#define BATCH_VECTORS 1
#define PAIRED 0
VECTOR_TYPES
KODAMA_EXPF(NAME(fast_exp))
DOT_BF16_BY_HALVES
// A byte without sign times a signed byte has room in 16 bits. Of four bytes the even ones and the odd ones are taken
// apart.
typedef int16_t NAME(shorts) __attribute__((vector_size(KODAMA_ROW_BYTES)));
static inline void NAME(dot_bytes)(NAME(integers) *sums, const char *row, const char *x) {
  const NAME(shorts) w = *(const NAME(shorts) *)row;
  int32_t bits;
  memcpy(&bits, x, sizeof bits);
  const NAME(integers) all = (NAME(integers)){0} + bits;
  const NAME(shorts) even = (NAME(shorts))(all & 0x00ff00ff), odd = (NAME(shorts))(all >> 8 & 0x00ff00ff);
  const NAME(integers) low = (NAME(integers))((w << 8 >> 8) * even), high = (NAME(integers))((w >> 8) * odd);
  *sums += ((low << 16 >> 16) + (low >> 16)) + ((high << 16 >> 16) + (high >> 16));
}
#include "Generation.inc"
#undef SUFFIX
#undef ENTRY
#undef VECTORS
#undef STEPS
#undef BATCH_VECTORS
#undef PAIRED

#if defined(__x86_64__)
// Bytes without sign times signed bytes by way of 16 bits: the processor's own product of bytes saturates.
// Of four bytes the even ones and the odd ones are taken apart, so that each pair's products have room.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SUFFIX generation_avx2
#define ENTRY "avx2"
#define VECTORS 4
#define STEPS 4
#define BATCH_VECTORS 1
#define PAIRED 1
VECTOR_TYPES
KODAMA_EXPF(NAME(fast_exp))
DOT_BF16_BY_HALVES
static inline __attribute__((always_inline)) void NAME(dot_bytes)(NAME(integers) *sums, const char *row,
                                                                  const char *x) {
  int32_t bits;
  memcpy(&bits, x, sizeof bits);
  const __m256i all = _mm256_set1_epi32(bits), mask = _mm256_set1_epi32(0x00ff00ff);
  const __m256i even = _mm256_and_si256(all, mask), odd = _mm256_and_si256(_mm256_srli_epi32(all, 8), mask);
  __m256i halves[2];
  memcpy(halves, sums, sizeof halves);
#pragma clang loop unroll(full)
  for (size_t h = 0; h < 2; h++) {
    const __m256i w = _mm256_load_si256((const __m256i *)row + h);
    const __m256i low = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8), high = _mm256_srai_epi16(w, 8);
    const __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(low, even), _mm256_madd_epi16(high, odd));
    halves[h] = _mm256_add_epi32(halves[h], sum);
  }
  memcpy(sums, halves, sizeof halves);
}
static inline __attribute__((always_inline)) void NAME(widen)(size_t inputs, const char *x, char *pairs) {
  for (size_t i = 0; i < inputs; i += 16) {
    const __m128i bytes = _mm_load_si128((const __m128i *)(x + i));
    _mm256_store_si256((__m256i *)(pairs + 2 * i), _mm256_cvtepu8_epi16(bytes));
  }
}
// Sums of 256 times the first eight outputs, and of these outputs plus 256 times the others.
static inline __attribute__((always_inline)) void NAME(add_block)(NAME(integers) *sums, const char *rows,
                                                                  const char *x) {
  __m256i halves[2];
  memcpy(halves, sums, sizeof halves);
  const __m256i first = _mm256_load_si256((const __m256i *)rows), second = _mm256_load_si256((const __m256i *)rows + 1);
  const __m256i x01 = (__m256i)_mm256_broadcast_ss((const float *)x);
  const __m256i x23 = (__m256i)_mm256_broadcast_ss((const float *)x + 1);
  const __m256i low = _mm256_add_epi32(_mm256_madd_epi16(_mm256_slli_epi16(first, 8), x01),
                                       _mm256_madd_epi16(_mm256_slli_epi16(second, 8), x23));
  const __m256i both = _mm256_add_epi32(_mm256_madd_epi16(first, x01), _mm256_madd_epi16(second, x23));
  halves[0] = _mm256_add_epi32(halves[0], low);
  halves[1] = _mm256_add_epi32(halves[1], both);
  memcpy(sums, halves, sizeof halves);
}
static inline __attribute__((always_inline)) void NAME(add_block_sums)(NAME(integers) *total,
                                                                       const NAME(integers) *sums) {
  __m256i halves[2], totals[2];
  memcpy(halves, sums, sizeof halves);
  memcpy(totals, total, sizeof totals);
  const __m256i first = _mm256_srai_epi32(halves[0], 8);
  totals[0] = _mm256_add_epi32(totals[0], first);
  totals[1] = _mm256_add_epi32(totals[1], _mm256_srai_epi32(_mm256_sub_epi32(halves[1], first), 8));
  memcpy(total, totals, sizeof totals);
}
#include "Generation.inc"
#undef SUFFIX
#undef ENTRY
#undef VECTORS
#undef STEPS
#undef BATCH_VECTORS
#undef PAIRED
#pragma clang attribute pop

#define VECTORS 4
#define STEPS 8
#define BATCH_VECTORS 2
#define PAIRED 0
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define SUFFIX generation_avx512
#define ENTRY "avx512"
VECTOR_TYPES
KODAMA_EXPF(NAME(fast_exp))
DOT_BF16_BY_HALVES
static inline __attribute__((always_inline)) void NAME(dot_bytes)(NAME(integers) *sums, const char *row,
                                                                  const char *x) {
  int32_t bits;
  memcpy(&bits, x, sizeof bits);
  const __m512i all = _mm512_set1_epi32(bits), mask = _mm512_set1_epi32(0x00ff00ff);
  const __m512i even = _mm512_and_si512(all, mask), odd = _mm512_and_si512(_mm512_srli_epi32(all, 8), mask);
  const __m512i w = _mm512_load_si512(row);
  const __m512i low = _mm512_srai_epi16(_mm512_slli_epi16(w, 8), 8), high = _mm512_srai_epi16(w, 8);
  const __m512i sum = _mm512_add_epi32(_mm512_madd_epi16(low, even), _mm512_madd_epi16(high, odd));
  *sums = (NAME(integers))_mm512_add_epi32((__m512i)*sums, sum);
}
#include "Generation.inc"
#undef SUFFIX
#undef ENTRY
#pragma clang attribute pop

#pragma clang attribute push(                                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,fma"))), apply_to = function)
#define SUFFIX generation_avx512vnni
#define ENTRY "avx512vnni"
VECTOR_TYPES
KODAMA_EXPF(NAME(fast_exp))
static inline __attribute__((always_inline)) void NAME(dot_bf16)(NAME(floats) *sums, const char *row, const char *x) {
  int32_t bits;
  memcpy(&bits, x, sizeof bits);
  *sums = (NAME(floats))_mm512_dpbf16_ps((__m512)*sums, (__m512bh)_mm512_set1_epi32(bits),
                                         (__m512bh)_mm512_load_si512(row));
}
static inline __attribute__((always_inline)) void NAME(dot_bytes)(NAME(integers) *sums, const char *row,
                                                                  const char *x) {
  int32_t bits;
  memcpy(&bits, x, sizeof bits);
  *sums = (NAME(integers))_mm512_dpbusd_epi32((__m512i)*sums, _mm512_set1_epi32(bits), _mm512_load_si512(row));
}
#include "Generation.inc"
#undef SUFFIX
#undef ENTRY
#pragma clang attribute pop
#undef VECTORS
#undef STEPS
#undef BATCH_VECTORS
#undef PAIRED
#endif

void kodama_run(const kodama_operation *operations, size_t count, size_t steps, const kodama_step_buffer *buffers) {
  for (size_t i = 0; i < count; i++) operations[i].run(operations + i, steps, buffers);
}

const kodama_generation *kodama_generation_entry(size_t index) {
  switch (index) {
#if defined(__x86_64__)
  case 1: return &table_generation_avx2;
  case 2: return &table_generation_avx512;
  case 3: return &table_generation_avx512vnni;
#endif
  default: return &table_generation_portable;
  }
}
