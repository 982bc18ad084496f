import KodamaCore
import KodamaTensors

/// The sizes of a layer's weight, [outputs, channels, taps] in row-major order.
package struct WeightForm: Sendable, Equatable {
  package let outputs, channels, taps: Int

  package init(outputs: Int, channels: Int, taps: Int) {
    (self.outputs, self.channels, self.taps) = (outputs, channels, taps)
  }

  /// Of a weight [outputs, channels, taps…].
  package init(_ shape: Shape) {
    self.init(outputs: shape[0], channels: shape[1], taps: shape.count / (shape[0] * shape[1]))
  }

  /// The scales of weights as integers of a precision, [outputs] or [outputs, taps, groups], each that of the least
  /// squared error, rounded to bfloat16.
  package func scales(of values: UnsafeBufferPointer<Float>, _ precision: Precision) -> [Float] {
    (0..<outputs).flatMap { scales(of: values, ofOutput: $0, precision) }
  }

  /// The scales of one output.
  private func scales(
    of values: UnsafeBufferPointer<Float>, ofOutput output: Int, _ precision: Precision
  ) -> [Float] {
    let (grid, first, size) = (IntegerGrid.weights(precision), output * channels * taps, channels * taps)
    if !precision.hasGroups {
      return [grid.weightScale(of: UnsafeBufferPointer(rebasing: values[first..<first + size]))]
    }
    let groups = Precision.groups(channels: channels)
    return (0..<taps * groups).map { index in
      let (tap, start) = (index / groups, index % groups * Precision.groupSize)
      let group = (start..<min(start + Precision.groupSize, channels)).map { values[first + $0 * taps + tap] }
      return group.withUnsafeBufferPointer { grid.weightScale(of: $0) }
    }
  }

  /// Rounds the weights of some outputs in place, each to its integer times its scale.
  package func round(_ values: UnsafeMutableBufferPointer<Float>, outputs: Range<Int>, _ precision: Precision) {
    let grid = IntegerGrid.weights(precision)
    for output in outputs {
      let scales = scales(of: UnsafeBufferPointer(values), ofOutput: output, precision)
      for channel in 0..<channels {
        for tap in 0..<taps {
          let scale = scales[
            precision.scaleIndex(output: 0, channel: channel, tap: tap, channels: channels, taps: taps)]
          let index = (output * channels + channel) * taps + tap
          values[index] = grid.nearest(values[index], scale: scale) * scale
        }
      }
    }
  }
}
