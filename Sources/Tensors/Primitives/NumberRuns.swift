import KodamaCore

/// Arithmetic on runs of numbers in memory, for sums that travel between processes.
package enum NumberRuns {
  /// y ← y + x.
  ///
  /// - Precondition: equal lengths.
  package static func add(_ x: UnsafeBufferPointer<Float>, to y: UnsafeMutableBufferPointer<Float>) {
    precondition(x.count == y.count, "\(x.count) numbers are added to \(y.count)")
    guard let x = x.baseAddress, let first = y.baseAddress else { return }
    Float.primitives.addScaled(n: y.count, 1, x, first)
  }

  /// x rounded to bfloat16, as `BFloat16(_:)` rounds.
  ///
  /// - Precondition: equal lengths.
  package static func round(_ x: UnsafeBufferPointer<Float>, to y: UnsafeMutableBufferPointer<UInt16>) {
    precondition(x.count == y.count, "\(x.count) numbers are rounded to \(y.count)")
    guard let x = x.baseAddress, let first = y.baseAddress else { return }
    InstructionSet.current.kernels.pointee.round_bf16(1, y.count, x, y.count, first)
  }

  /// x, in bfloat16, as single precision.
  ///
  /// - Precondition: equal lengths.
  package static func widen(_ x: UnsafeBufferPointer<UInt16>, to y: UnsafeMutableBufferPointer<Float>) {
    precondition(x.count == y.count, "\(x.count) numbers become \(y.count)")
    guard let x = x.baseAddress, let first = y.baseAddress else { return }
    InstructionSet.current.kernels.pointee.widen_bf16(1, y.count, x, y.count, first)
  }
}
