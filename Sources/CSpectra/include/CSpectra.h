#ifndef KODAMA_CSPECTRA_H
#define KODAMA_CSPECTRA_H

/// Loops over the spectra of one frame, for one instruction set.
///
/// A spectrum is `bins` complex numbers: real part, imaginary part, real part, and so on. Sums are taken in eight fixed
/// lanes without fused multiplication, so that every instruction set gives the same bits.
struct kodama_spectral_kernels {
  /// The instruction set: portable, avx2 or avx512.
  const char *name;
  /// With x = √max(|generated|², floor) and y = √max(|reference|², floor) of each bin:
  /// sums[0] = Σ (x − y)², sums[1] = Σ y², sums[2] = Σ |ln x − ln y|. The floor must be positive.
  void (*magnitude_sums)(const double *reference, const double *generated, long bins, double floor, double sums[3]);
  /// Σ ln²(max(scale · |generated|², floor) / max(scale · |reference|², floor)). The floor must be positive.
  double (*squared_log_ratios)(const double *reference, const double *generated, long bins, double scale,
                               double floor);
  /// Replaces each of `count` numbers by √(number + offset); none of the sums may be negative.
  void (*square_roots)(double *numbers, long count, double offset);
  /// Replaces each of `count` numbers, a multiple of eight, by its natural logarithm; all positive, finite and normal.
  void (*logarithms)(double *numbers, long count);
  /// Replaces each of `count` numbers, a multiple of eight, by its exponential; beyond ±700 they count as ±700.
  void (*exponentials)(double *numbers, long count);
  /// sums[r] = Σ_c matrix[r, c] · weights[c]; columns a multiple of eight.
  void (*row_sums)(const double *matrix, long rows, long columns, const double *weights, double *sums);
  /// sums[c] = Σ_r matrix[r, c] · weights[r]; columns a multiple of eight.
  void (*column_sums)(const double *matrix, long rows, long columns, const double *weights, double *sums);
  /// distances[c] = √Σ_d (point[d] − points[d, c])²; columns a multiple of eight.
  void (*distances)(const double *point, const double *points, long dimensions, long columns, double *distances);
  /// Solves A x = b for a symmetric positive definite matrix A [count, count], of which the lower half is read, in rows of
  /// `count` rounded up to a multiple of eight.
  ///
  /// `matrix` is overwritten, and `vector`, which holds b, by x; `pivots` is room for one row. Returns 0, or 1 where A is
  /// not positive definite within rounding, and then `vector` is of no use.
  int (*solve_positive_definite)(double *matrix, double *vector, long count, double *pivots);
  /// output[j] = max over d in 0 ..< width of values[j + d] + weights[d], for j in 0 ..< count. `values` has
  /// count + width − 1 numbers; the width is at least 1.
  void (*max_plus)(const double *values, const double *weights, long width, double *output, long count);
};

/// The kernels of an instruction set, the slowest first: 0 is the one every processor has. NULL where this processor
/// lacks it, and beyond the last.
const struct kodama_spectral_kernels *kodama_spectral_kernels_at(int index);

/// Moves on to the next row of a warping table of `columns` columns: each cell is reached from the one before it on the
/// diagonal, from the one above (the row before) or from the one to its left, whichever costs least; of equal costs the
/// first of these.
///
/// Of the best way to each cell of the row, `cost` keeps the sum of distances, by which ways are told apart; `sum` that of
/// what is counted; `steps` the number of cells. Before the first row, which `first` tells of, `cost` is infinite
/// everywhere. `directions`, where not NULL, gets two bits for each column, four columns in a byte, lowest bits first:
/// 0 diagonal, 1 above, 2 left; it must be zero.
void kodama_warp(double *cost, double *sum, double *steps, const double *distances, const double *counted, long columns,
                 int first, unsigned char *directions);

#endif
