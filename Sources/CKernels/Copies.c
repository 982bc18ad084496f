#include "Copies.h"

#include <string.h>

// Tiles of a transposition: their rows and columns stay in the first cache.
#define TILE 16

#define COPY(TYPE)                                                                                                     \
  for (size_t r0 = 0; r0 < rows; r0 += TILE)                                                                           \
    for (size_t c0 = 0; c0 < columns; c0 += TILE) {                                                                    \
      size_t r1 = r0 + TILE < rows ? r0 + TILE : rows, c1 = c0 + TILE < columns ? c0 + TILE : columns;                 \
      for (size_t r = r0; r < r1; r++) {                                                                               \
        const TYPE *from = (const TYPE *)x + (ptrdiff_t)r * x_row;                                                     \
        TYPE *to = (TYPE *)y + (ptrdiff_t)r * y_row;                                                                   \
        for (size_t c = c0; c < c1; c++) to[(ptrdiff_t)c * y_column] = from[(ptrdiff_t)c * x_column];                  \
      }                                                                                                                \
    }

void kodama_copy_matrix(size_t width, size_t rows, size_t columns, const void *x, ptrdiff_t x_row, ptrdiff_t x_column,
                        void *y, ptrdiff_t y_row, ptrdiff_t y_column) {
  if (x_column == 1 && y_column == 1) {
    for (size_t r = 0; r < rows; r++)
      memcpy((char *)y + (ptrdiff_t)(r * width) * y_row, (const char *)x + (ptrdiff_t)(r * width) * x_row,
             columns * width);
  } else if (width == 4) {
    COPY(uint32_t)
  } else {
    COPY(uint64_t)
  }
}
