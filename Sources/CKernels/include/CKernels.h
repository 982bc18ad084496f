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

#include "Generation.h"
#include "Mixtures.h"
#include "Threads.h"

#define KODAMA_KERNELS(REAL)                                                                                           \
  /* out = a + b, out = a - b, out = a * b; in place. */                                                               \
  void (*add)(size_t n, const REAL *a, const REAL *b, REAL *out);                                                      \
  void (*subtract)(size_t n, const REAL *a, const REAL *b, REAL *out);                                                 \
  void (*multiply)(size_t n, const REAL *a, const REAL *b, REAL *out);                                                 \
  /* y += s * x; y += a * b; out = s * x (in place). */                                                                \
  void (*add_scaled)(size_t n, REAL s, const REAL *x, REAL *y);                                                        \
  void (*add_product)(size_t n, const REAL *a, const REAL *b, REAL *y);                                                \
  void (*scale)(size_t n, REAL s, const REAL *x, REAL *out);                                                           \
  /* Every row of out becomes `row`; `row` is added to every row; the sum of all rows is added to `sums`. */           \
  void (*fill_rows)(size_t rows, size_t columns, const REAL *row, REAL *out);                                          \
  void (*add_row)(size_t rows, size_t columns, const REAL *row, REAL *out);                                            \
  void (*sum_rows)(size_t rows, size_t columns, const REAL *x, REAL *sums);                                            \
  /* Elementwise functions, in place; the backward ones take the output y of the forward one: dx = dy * f'. */         \
  void (*tanh_forward)(size_t n, const REAL *x, REAL *y);                                                              \
  void (*tanh_backward)(size_t n, const REAL *y, const REAL *dy, REAL *dx);                                            \
  void (*sigmoid_forward)(size_t n, const REAL *x, REAL *y);                                                           \
  void (*sigmoid_backward)(size_t n, const REAL *y, const REAL *dy, REAL *dx);                                         \
  void (*relu_forward)(size_t n, const REAL *x, REAL *y);                                                              \
  void (*relu_backward)(size_t n, const REAL *y, const REAL *dy, REAL *dx);                                            \
  /* Gated activation. z is [rows, 2 * channels], filter first; it becomes (tanh z_f, sigmoid z_g), and                \
     h = tanh z_f * sigmoid z_g is [rows, channels]. */                                                                \
  void (*gate_forward)(size_t rows, size_t channels, REAL *z, REAL *h);                                                \
  /* h again from the activated z. */                                                                                  \
  void (*gate_product)(size_t rows, size_t channels, const REAL *z, REAL *h);                                          \
  /* The gradient of z before activation from that of h; in place of z. */                                             \
  void (*gate_backward)(size_t rows, size_t channels, const REAL *z, const REAL *dh, REAL *dz);                        \
  /* Softmax cross-entropy in nats. Returns the sum over rows of weight * -ln p(target). A row of weight 0 adds        \
     nothing. Where `gradient` is not NULL it becomes weight * (p - onehot(target)); in place of logits. */            \
  double (*cross_entropy)(size_t rows, size_t classes, const REAL *logits, const int32_t *targets,                     \
                          const REAL *weights, REAL *gradient);                                                        \
  /* The sum of squares in double precision, in one fixed order. */                                                    \
  double (*sum_of_squares)(size_t n, const REAL *x);

typedef struct {
  const char *name;
  KODAMA_KERNELS(float)
} kodama_kernels_f32;

typedef struct {
  const char *name;
  KODAMA_KERNELS(double)
} kodama_kernels_f64;

// The number of entries that this processor can run, weakest first; entry 0 is plain C.
size_t kodama_kernels_f32_count(void);
const kodama_kernels_f32 *kodama_kernels_f32_entry(size_t index);

// Double precision serves to check gradients and has one entry, plain C.
const kodama_kernels_f64 *kodama_kernels_f64_portable(void);

#endif
