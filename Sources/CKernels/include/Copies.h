// Copies of elements that lie apart in memory: transpositions, slices and repetitions.

#ifndef KODAMA_COPIES_H
#define KODAMA_COPIES_H

#include <stddef.h>
#include <stdint.h>

// y[r * y_row + c * y_column] = x[r * x_row + c * x_column] for elements of 4 or 8 bytes; strides count elements and
// may be 0 or negative in x.
void kodama_copy_matrix(size_t width, size_t rows, size_t columns, const void *x, ptrdiff_t x_row, ptrdiff_t x_column,
                        void *y, ptrdiff_t y_row, ptrdiff_t y_column);

#endif
