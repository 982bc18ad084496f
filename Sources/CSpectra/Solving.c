#include "CSpectra.h"

#pragma STDC FP_CONTRACT OFF

// A = L D Lᵀ, column by column: each finished column of L is taken out of the columns after it. Row r of the table holds
// A[r, 0...r]; what is left of a column stands below its pivot.
int kodama_solve_positive_definite(double *matrix, double *vector, long count) {
  const double least = 1e-14 * matrix[0];
  for (long column = 0; column < count; ++column) {
    const double pivot = matrix[column * count + column];
    if (!(pivot > least)) return 1;
    for (long row = column + 1; row < count; ++row) {
      const double factor = matrix[row * count + column] / pivot;
      double *target = matrix + row * count;
      // The upper half keeps the column as it was, one number after another.
      matrix[column * count + row] = target[column];
      target[column] = factor;
      const double *source = matrix + column * count;
      for (long k = column + 1; k <= row; ++k) target[k] -= factor * source[k];
    }
  }
  for (long row = 0; row < count; ++row)
    for (long k = 0; k < row; ++k) vector[row] -= matrix[row * count + k] * vector[k];
  for (long row = 0; row < count; ++row) vector[row] /= matrix[row * count + row];
  for (long row = count - 1; row >= 0; --row)
    for (long k = 0; k < row; ++k) vector[k] -= matrix[row * count + k] * vector[row];
  return 0;
}
