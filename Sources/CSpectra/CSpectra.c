#include "CSpectra.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
// Vectors that are wider than the registers are passed in another way by each instruction set; all functions that take
// them are private to this file.
#pragma clang diagnostic ignored "-Wpsabi"

typedef double lanes __attribute__((vector_size(64)));
typedef uint64_t words __attribute__((vector_size(64)));

#define NAME(x) portable_##x
#define SET_NAME "portable"
#include "kernels.inc"
#undef NAME
#undef SET_NAME

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define NAME(x) avx2_##x
#define SET_NAME "avx2"
#include "kernels.inc"
#undef NAME
#undef SET_NAME
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl"))), apply_to = function)
#define NAME(x) avx512_##x
#define SET_NAME "avx512"
#include "kernels.inc"
#undef NAME
#undef SET_NAME
#pragma clang attribute pop

#endif

const struct kodama_spectral_kernels *kodama_spectral_kernels_at(int index) {
  if (index == 0) return &portable_kernels;
#if defined(__x86_64__)
  if (index == 1 && __builtin_cpu_supports("avx2")) return &avx2_kernels;
  if (index == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return &avx512_kernels;
#endif
  return NULL;
}
