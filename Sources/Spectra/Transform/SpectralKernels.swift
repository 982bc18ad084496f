import CSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Loops over the spectra of one frame, compiled for several instruction sets.
struct SpectralKernels: @unchecked Sendable {
  // Sendable is right because the table is a constant of the program that nothing writes.

  /// The forms this processor has, the slowest first. All give the same bits.
  static let available = (0..<3).compactMap { kodama_spectral_kernels_at(Int32($0)).map(SpectralKernels.init) }
  /// The one in use: the fastest, or the one that the environment variable `KODAMA_ISA` names.
  static let current = named(getenv("KODAMA_ISA").map { String(cString: $0) })

  /// The form of an instruction set; the fastest for nil and where this processor has none of that name.
  static func named(_ name: String?) -> SpectralKernels {
    available.first { $0.name == name } ?? available[available.count - 1]
  }

  /// The instruction set: `portable`, `avx2` or `avx512`.
  var name: String { String(cString: table.pointee.name) }

  private let table: UnsafePointer<kodama_spectral_kernels>

  /// Σ (x − y)², Σ y² and Σ |ln x − ln y| over the bins, with x and y the magnitudes √max(power, floor) of the generated
  /// sound and the reference.
  ///
  /// - Precondition: a positive floor.
  func magnitudeSums(_ spectra: FrameSpectra, floor: Double) -> SIMD3<Double> {
    var sums = (0.0, 0.0, 0.0)
    withUnsafeMutableBytes(of: &sums) {
      table.pointee.magnitude_sums(
        spectra.first, spectra.second, spectra.bins, floor, $0.assumingMemoryBound(to: Double.self).baseAddress)
    }
    return SIMD3(sums.0, sums.1, sums.2)
  }

  /// Σ ln²(q / p) over the bins, with p = max(scale · power, floor) of the reference and q that of the generated sound.
  ///
  /// - Precondition: a positive floor.
  func squaredLogRatios(_ spectra: FrameSpectra, scale: Double, floor: Double) -> Double {
    table.pointee.squared_log_ratios(spectra.first, spectra.second, spectra.bins, scale, floor)
  }

  /// Replaces each number by √(number + offset).
  func squareRoots(_ numbers: UnsafeMutablePointer<Double>, count: Int, offset: Double) {
    table.pointee.square_roots(numbers, count, offset)
  }

  /// output[j] = max over d in 0..<width of values[j + d] + weights[d], for j in 0..<count.
  ///
  /// - Precondition: count + width − 1 values, a width of at least 1.
  func maxPlus(
    _ values: UnsafePointer<Double>, weights: UnsafePointer<Double>, width: Int,
    to output: UnsafeMutablePointer<Double>,
    count: Int
  ) {
    table.pointee.max_plus(values, weights, width, output, count)
  }
}
