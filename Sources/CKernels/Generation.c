// The entries of the generation kernels: the template compiled for each instruction set.

#include "CKernels.h"
#include "Functions.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(x) JOIN(x, SUFFIX)
#define EXP NAME(fast_exp)
#define TANH NAME(fast_tanh)

#define SUFFIX generation_portable
#define ENTRY "portable"
#define VECTORS 1
KODAMA_EXPF(NAME(fast_exp))
KODAMA_TANHF(NAME(fast_tanh))
#include "Generation.inc"
#undef SUFFIX
#undef ENTRY
#undef VECTORS

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SUFFIX generation_avx2
#define ENTRY "avx2"
#define VECTORS 2
KODAMA_EXPF(NAME(fast_exp))
KODAMA_TANHF(NAME(fast_tanh))
#include "Generation.inc"
#undef SUFFIX
#undef ENTRY
#undef VECTORS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define SUFFIX generation_avx512
#define ENTRY "avx512"
#define VECTORS 4
KODAMA_EXPF(NAME(fast_exp))
KODAMA_TANHF(NAME(fast_tanh))
#include "Generation.inc"
#undef SUFFIX
#undef ENTRY
#undef VECTORS
#pragma clang attribute pop
#endif

const kodama_generation_f32 *kodama_generation_f32_entry(size_t index) {
  switch (index) {
#if defined(__x86_64__)
  case 1: return &table_generation_avx2;
  case 2: return &table_generation_avx512;
#endif
  default: return &table_generation_portable;
  }
}
