// Products of matrices of bfloat16 by the processor's own instructions, with sums in single precision.
//
// The instructions multiply pairs of neighbors along the inner dimension. A row-major left factor has its pairs in place;
// any other factor is packed: [(inner + 1) / 2][columns] pairs, the earlier number in the lower half. What is missing at
// an odd end is 0. `columns` is a multiple of 16.

#ifndef BFLOAT16_H
#define BFLOAT16_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  /* As kodama_kernels_f32.round_bf16. */
  void (*round)(size_t rows, size_t columns, const float *x, size_t stride, uint16_t *out);
  /* Packs a factor stored as [inner] rows of `columns`, or as [columns] rows of `inner`; `stride` is that of the rows. */
  void (*pack)(size_t inner, size_t columns, const float *x, size_t stride, uint32_t *packed);
  void (*pack_transposed)(size_t inner, size_t columns, const float *x, size_t stride, uint32_t *packed);
  void (*pack_rounded)(size_t inner, size_t columns, const uint16_t *x, size_t stride, uint32_t *packed);
  /* As kodama_kernels_f32.multiply_matrices, of pairs: `inner`, the strides of the factors and their elements count
     pairs. */
  void (*multiply_matrices)(int transposes_left, int transposes_right, size_t rows, size_t columns, size_t inner,
                            const uint32_t *left, size_t left_stride, const uint32_t *right, size_t right_stride,
                            const float *base, size_t base_stride, const float *row, float *out, size_t out_stride);
} kodama_kernels_bf16;

// NULL where this processor lacks the instructions.
const kodama_kernels_bf16 *kodama_kernels_bf16_entry(void);

// Whether they do more in a cycle than the multipliers of single precision: on AMD's processors twice as much, on Intel's
// half (measured on a Zen 4 and an Emerald Rapids).
int kodama_bf16_is_fast(void);

#endif
