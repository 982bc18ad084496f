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
  /// output[j] = max over d in 0 ..< width of values[j + d] + weights[d], for j in 0 ..< count. `values` has
  /// count + width − 1 numbers; the width is at least 1.
  void (*max_plus)(const double *values, const double *weights, long width, double *output, long count);
};

/// The kernels of an instruction set, the slowest first: 0 is the one every processor has. NULL where this processor
/// lacks it, and beyond the last.
const struct kodama_spectral_kernels *kodama_spectral_kernels_at(int index);

#endif
