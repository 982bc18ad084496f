// Kernels of incremental generation: products of a packed matrix with one vector, the gate, and the draw of a class.
//
// A packed matrix [output block][1 + inputs][lanes] is read once from end to end. A block holds the outputs of
// `block_outputs` (the last block: of what is left, in whole KODAMA_LANES); its first row is the bias, the others are
// the weights of one input each. Outputs are padded to whole KODAMA_LANES with weights of 0, and a product writes them
// all. Every output is the bias and the even inputs' products, in order, plus the odd inputs' products, in order: the
// order of summation of every product.

#ifndef KODAMA_GENERATION_H
#define KODAMA_GENERATION_H

#include <stddef.h>
#include <stdint.h>

// Outputs are padded to a multiple of this.
#define KODAMA_LANES 16

typedef struct {
  const char *name;
  // Outputs of a whole block, a multiple of KODAMA_LANES.
  size_t block_outputs;
  // y = W x + b; y = max(0, W x + b); y = scale * addend + W x + b, where addend has as many numbers as y. No output
  // may be an input, but for `addend`.
  void (*product)(size_t outputs, size_t inputs, const float *packed, const float *x, float *y);
  void (*rectified_product)(size_t outputs, size_t inputs, const float *packed, const float *x, float *y);
  void (*residual_product)(size_t outputs, size_t inputs, const float *packed, const float *x, float scale,
                           const float *addend, float *y);
  // out = tanh(filter) * sigmoid(gate).
  void (*gate)(size_t channels, const float *filter, const float *gate, float *out);
  // The largest of n > 0 numbers, and the first place it stands at; NaN is passed over. -infinity and 0 where all are.
  float (*largest)(size_t n, const float *x, size_t *index);
  // weights = e^(scale * (x - largest)); `largest` is that of x, `scale` at least 0 and finite.
  void (*exponentials)(size_t n, float scale, float largest, const float *x, float *weights);
  // The sum of the weights; and the first place where the running sum in the same order is above `target`, or n.
  double (*total)(size_t n, const float *weights);
  size_t (*locate)(size_t n, const float *weights, double target);
} kodama_generation_f32;

// The entry of an instruction set, counted as `kodama_kernels_f32_entry` counts them.
const kodama_generation_f32 *kodama_generation_f32_entry(size_t index);

#endif
