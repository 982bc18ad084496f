// The entries of the kernels of residual stacks: the template compiled for each instruction set.

#include "CKernels.h"
#include "Functions.h"

#include <string.h>

#define KERNELS stacks
#define TEMPLATE "ResidualStacks.inc"
#include "EachFrames.inc"

const kodama_residual_stacks *kodama_residual_stacks_entry(size_t index) {
  switch (index) {
#if defined(__x86_64__)
  case 1: return &table_stacks_avx2;
  case 2:
  case 3: return &table_stacks_avx512;
#endif
  default: return &table_stacks_portable;
  }
}

// Blocks of frames that stay in the first cache while they are read channel by channel.
enum { BLOCK = 64 };

#define TRANSPOSE(TYPE, SOURCE, TARGET)                                                                                \
  for (size_t first = 0; first < count; first += BLOCK)                                                                \
    for (size_t c = 0; c < channels; c++)                                                                              \
      for (size_t t = first; t < count && t < first + BLOCK; t++) {                                                    \
        const size_t row = c * stride + t, frame = t * channels + c;                                                   \
        ((TYPE *)to)[TARGET] = ((const TYPE *)from)[SOURCE];                                                           \
      }

void kodama_frames_to_rows(size_t element, size_t count, size_t channels, const void *from, void *to, size_t stride) {
  if (element == 4) {
    TRANSPOSE(uint32_t, frame, row)
  } else {
    TRANSPOSE(uint64_t, frame, row)
  }
}

void kodama_rows_to_frames(size_t element, size_t count, size_t channels, const void *from, size_t stride, void *to) {
  if (element == 4) {
    TRANSPOSE(uint32_t, row, frame)
  } else {
    TRANSPOSE(uint64_t, row, frame)
  }
}
