// Kernels for the processor: loops over contiguous memory, written once as a template (Template.inc), compiled per
// instruction set, chosen at run time through a table.
//
// Matrices are row-major. `rows` and `columns` count elements. No kernel allocates, locks or keeps state; each may be
// called from many threads at once on memory that no other call writes. Outputs may be the same memory as an input of
// the same shape where a comment says "in place".

#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "Amplifiers.h"
#include "BFloat16.h"
#include "Convolutions.h"
#include "Copies.h"
#include "Elements.h"
#include "Generation.h"
#include "Mixtures.h"
#include "Recurrent.h"
#include "ResidualStacks.h"
#include "Threads.h"
#include "Updates.h"
#include "Windows.h"

typedef struct {
  const char *name;
  /* y = f(x); in place. dx = dy * f'(x), from x and y = f(x); in place of dy. */
  void (*unary)(kodama_unary, float p, float q, size_t n, const float *x, float *y);
  void (*unary_gradient)(kodama_unary, float p, float q, size_t n, const float *x, const float *y, const float *dy,
                         float *dx);
  /* out = a (op) b; in place. An operand whose step is 0 instead of 1 is one number for all. */
  void (*binary)(kodama_binary, size_t n, const float *a, size_t a_step, const float *b, size_t b_step, float *out);
  /* out = mask != 0 ? a : b; in place. */
  void (*select)(size_t n, const float *mask, const float *a, const float *b, float *out);
  /* Each of `rows` rows of `columns` elements, at least one, reduced to one number. */
  void (*reduce_rows)(kodama_reduction, size_t rows, size_t columns, const float *x, float *out);
  /* Depthwise convolution of a map with a weight packed by vectors of channels, [vectors][taps][channels of a vector]:
     outputs from `first` on, written in steps of a row and of a column from that of output 0, `out`; `bias` may be
     NULL, and so may the finish, which adds nothing.
     And what the gradients of outputs from `first` on add to that of the weight; `gradient` begins with that of output 0. */
  void (*depthwise_forward)(const kodama_windows *, size_t first, size_t count, const float *map, const float *weight,
                            const float *bias, const kodama_finish *, float *out, size_t row_step,
                            size_t column_step, int streams);
  void (*depthwise_weight_gradient)(const kodama_windows *, size_t first, size_t count, const float *map,
                                    const float *gradient, float *weight_gradient);
  /* Outputs of a block of a packed matrix, and those of a vector, which pad what is left (Convolutions.h). */
  size_t block_outputs, vector_outputs;
  /* out[p] = bias + the product of row p with a packed matrix, each sum in the order of the inputs; `bias` and the
     finish may be NULL. `scratch` has room for `rows` rows of a block. Where an output is much larger than the caches,
     `streams` says that it is written past them. */
  void (*multiply_runs)(const kodama_runs *, size_t outputs, const float *packed, const float *bias,
                        const kodama_finish *, void *const *out, float *scratch, int streams);
  /* Adds the products of the inputs with the gradients of the outputs, [rows] in steps of `stride`, summed over the rows,
     to a packed matrix. `scratch` has room for `rows` rows of a block. */
  void (*add_outer_products)(const kodama_runs *, size_t outputs, const float *gradient, size_t stride, float *scratch,
                             float *packed);
  /* out [rows, columns] = base + row + left [rows, inner] * right [inner, columns], the factors stored transposed where
     their flags are set. `base` is a matrix, which may be `out`, and `row` is added to each of its rows; either may be
     null for 0. Strides are those of the rows as stored; `columns` is a multiple of vector_outputs. Each sum is in the
     order of the inner dimension. */
  void (*multiply_matrices)(int transposes_left, int transposes_right, size_t rows, size_t columns, size_t inner,
                            const float *left, size_t left_stride, const float *right, size_t right_stride,
                            const float *base, size_t base_stride, const float *row, float *out, size_t out_stride);
  /* out [rows, columns] = row + x [rows, inner] * packed, each sum in the order of the inner dimension; `row` may be NULL,
     and the product is added to out where `adds` is set. `columns` is padded to vectors. */
  void (*multiply_packed)(size_t rows, size_t columns, size_t inner, const float *x, size_t x_stride,
                          const float *packed, const float *row, int adds, float *out, size_t out_stride);
  /* A time step, forward; and backward, the later step first. */
  void (*recurrent_forward)(const kodama_recurrent_step *);
  void (*recurrent_backward)(const kodama_recurrent_step *, const kodama_recurrent_gradients *);
  /* y += s * x; y += a * b; out = s * x (in place). */
  void (*add_scaled)(size_t n, float s, const float *x, float *y);
  void (*add_product)(size_t n, const float *a, const float *b, float *y);
  void (*scale)(size_t n, float s, const float *x, float *out);
  /* Rows of floats, `stride` apart, rounded to bfloat16; rows of bfloat16 as floats; and both in one, rounded floats.
     out is [rows, columns]; of the last it may be x where the stride is `columns`. */
  void (*round_bf16)(size_t rows, size_t columns, const float *x, size_t stride, uint16_t *out);
  void (*widen_bf16)(size_t rows, size_t columns, const uint16_t *x, size_t stride, float *out);
  void (*coarsen_bf16)(size_t rows, size_t columns, const float *x, size_t stride, float *out);
  /* Every row of out becomes `row`; `row` is added to every row; the sum of all rows is added to `sums`. */
  void (*fill_rows)(size_t rows, size_t columns, const float *row, float *out);
  void (*add_row)(size_t rows, size_t columns, const float *row, float *out);
  void (*sum_rows)(size_t rows, size_t columns, const float *x, float *sums);
  /* Normalization by column: adds (x - mean)^2 to `sums`; adds a to `sums` and a * (b - mean) to `products`;
     out = scale * x + shift, in place; out = a_scale * a + b_scale * (b - mean) + shift, in place of a or b.
     Where there are limits (else NULL), the transform is limited to them; where there is a passage (else NULL), a counts
     as 0 where it does not pass. */
  void (*square_deviations)(size_t rows, size_t columns, const float *x, const float *mean, float *sums);
  void (*sum_products)(size_t rows, size_t columns, const float *a, const kodama_passage *, const float *b,
                       const float *mean, float *sums, float *products);
  void (*transform_rows)(size_t rows, size_t columns, const float *x, const float *scale, const float *shift,
                         const kodama_finish *limits, float *out);
  void (*combine_rows)(size_t rows, size_t columns, const float *a, const kodama_passage *, const float *a_scale,
                       const float *b, const float *mean, const float *b_scale, const float *shift, float *out);
  /* Gated activation. z is [rows, 2 * channels], filter first; it becomes (tanh z_f, sigmoid z_g), and
     h = tanh z_f * sigmoid z_g is [rows, channels]. */
  void (*gate_forward)(size_t rows, size_t channels, float *z, float *h);
  /* h again from the activated z. */
  void (*gate_product)(size_t rows, size_t channels, const float *z, float *h);
  /* The gradient of z before activation from that of h; in place of z. */
  void (*gate_backward)(size_t rows, size_t channels, const float *z, const float *dh, float *dz);
  /* Softmax cross-entropy in nats. Returns the sum over rows of weight * -ln p(target). A row of weight 0 adds
     nothing. Where `gradient` is not NULL it becomes weight * (p - onehot(target)); in place of logits. */
  double (*cross_entropy)(size_t rows, size_t classes, const float *logits, const int32_t *targets,
                          const float *weights, float *gradient);
  /* The sum of squares in double precision, in one fixed order. */
  double (*sum_of_squares)(size_t n, const float *x);
} kodama_kernels_f32;

// The number of entries that this processor can run, weakest first; entry 0 is plain C.
size_t kodama_kernels_f32_count(void);
const kodama_kernels_f32 *kodama_kernels_f32_entry(size_t index);

#endif
