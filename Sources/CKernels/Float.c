// The single-precision entries: the template compiled for each instruction set, and the table of those that this
// processor can run. Features are named one by one: a whole architecture level would split 512-bit vectors.

#include "CKernels.h"
#include "Functions.h"

#include <string.h>

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(x) JOIN(x, SUFFIX)
#define EXP NAME(fast_exp)
#define TANH NAME(fast_tanh)

#define SUFFIX f32_portable
#define ENTRY "portable"
#define BYTES 16
#define VECTORS 2
#define LANES 16
KODAMA_EXPF(NAME(fast_exp))
KODAMA_TANHF(NAME(fast_tanh))
#include "Template.inc"
#undef SUFFIX
#undef ENTRY
#undef BYTES
#undef VECTORS

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SUFFIX f32_avx2
#define ENTRY "avx2"
#define BYTES 32
#define VECTORS 2
KODAMA_EXPF(NAME(fast_exp))
KODAMA_TANHF(NAME(fast_tanh))
#include "Template.inc"
#undef SUFFIX
#undef ENTRY
#undef BYTES
#undef VECTORS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define SUFFIX f32_avx512
#define ENTRY "avx512"
#define SECOND_TABLE table_f32_avx512vnni
#define SECOND_ENTRY "avx512vnni"
#define BYTES 64
#define VECTORS 4
KODAMA_EXPF(NAME(fast_exp))
KODAMA_TANHF(NAME(fast_tanh))
#include "Template.inc"
#undef SUFFIX
#undef ENTRY
#undef SECOND_TABLE
#undef SECOND_ENTRY
#undef BYTES
#undef VECTORS
#pragma clang attribute pop
#endif

size_t kodama_kernels_f32_count(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
    return 2;
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16") ? 4 : 3;
#else
  return 1;
#endif
}

const kodama_kernels_f32 *kodama_kernels_f32_entry(size_t index) {
  switch (index) {
#if defined(__x86_64__)
  case 1: return &table_f32_avx2;
  case 2: return &table_f32_avx512;
  case 3: return &table_f32_avx512vnni;
#endif
  default: return &table_f32_portable;
  }
}
