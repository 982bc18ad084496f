/// The power in every bin of one frame of a reference and of what is compared with it, four bins at a time.
struct PairPowers: Sendable {
  private var reference: [Double]
  private var generated: [Double]
  private let bins: Int

  init(bins: Int) {
    self.bins = bins
    reference = [Double](repeating: 0, count: (bins + 3) / 4 * 4)
    generated = reference
  }

  /// Takes the powers of a frame: signal 0 is the reference.
  mutating func take(_ spectra: FrameSpectra) {
    reference.withUnsafeMutableBufferPointer { spectra.power(of: 0, to: $0.baseAddress.unsafelyUnwrapped) }
    generated.withUnsafeMutableBufferPointer { spectra.power(of: 1, to: $0.baseAddress.unsafelyUnwrapped) }
  }

  /// Calls `body` with the reference's and the other's powers of four bins, and with 1 for each that exists and 0 for
  /// the rest of the last four.
  @inline(__always)
  func forEachGroup(_ body: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>) -> Void) {
    let ones = SIMD4<Double>(repeating: 1)
    let indices = SIMD4<Double>(0, 1, 2, 3)
    reference.withUnsafeBytes { reference in
      generated.withUnsafeBytes { generated in
        for bin in stride(from: 0, to: bins, by: 4) {
          let offset = bin * MemoryLayout<Double>.stride
          let exists = indices .< Double(bins - bin)
          body(
            reference.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self),
            generated.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self),
            ones.replacing(with: 0, where: .!exists))
        }
      }
    }
  }
}
