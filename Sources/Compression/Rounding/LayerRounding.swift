import KodamaCheckpoints
import KodamaInference

/// Gives a layer in single precision another precision.
struct LayerRounding {
  /// The precision.
  let precision: Precision
  /// How the layer's inputs become integers, where the precision has integer inputs.
  let input: InputQuantization?
  /// For precisions with groups.
  let feedback: ErrorFeedback?

  /// The layer rounded.
  ///
  /// - Precondition: it is in single precision.
  func round(_ layer: InferenceLayer) -> InferenceLayer {
    guard case .float32(let values) = layer.weights else {
      preconditionFailure("\(layer.path) is \(layer.precision.rawValue) already")
    }
    let weights: InferenceLayer.Weights =
      switch precision {
      case .float32: layer.weights
      case .bfloat16: .bfloat16(values.map(Self.bits))
      case _ where precision.hasGroups: byGroup(values, layer)
      default: byOutput(values, outputs: layer.outputs)
      }
    return layer.with(weights, input: precision.hasIntegerInputs ? input : nil)
  }

  /// The nearest number of 16 bits that is finite.
  private static func bits(_ value: Float) -> UInt16 {
    let largest = BFloat16(bits: 0x7f7f).float
    return BFloat16(min(max(value, -largest), largest)).bits
  }

  /// Integers with a scale for each output.
  private func byOutput(_ values: [Float], outputs: Int) -> InferenceLayer.Weights {
    let (grid, size) = (IntegerGrid.weights(precision), values.count / outputs)
    return values.withUnsafeBufferPointer { values in
      let scales = (0..<outputs).map { output in
        grid.scale(
          of: UnsafeBufferPointer(rebasing: values[output * size..<(output + 1) * size]),
          ratios: IntegerGrid.weightRatios)
      }
      return .integers(
        precision, values.indices.map { Int8(grid.nearest(values[$0], scale: scales[$0 / size])) }, scales: scales)
    }
  }

  /// Integers with a scale for each group of inputs, rounding errors compensated.
  private func byGroup(_ values: [Float], _ layer: InferenceLayer) -> InferenceLayer.Weights {
    guard let feedback else { preconditionFailure("\(layer.path): \(precision.rawValue) needs observed inputs") }
    let (grid, channels, taps, size) = (IntegerGrid.weights(precision), layer.channels, layer.taps, Precision.groupSize)
    let groups = Precision.groups(channels: channels)
    var integers = [Int8](repeating: 0, count: values.count)
    var scales: [Float] = []
    for output in 0..<layer.outputs {
      let first = output * channels * taps
      let row = (0..<taps * channels).map { values[first + $0 % channels * taps + $0 / channels] }
      let rowScales = row.withUnsafeBufferPointer { row in
        (0..<taps * groups).map { index in
          let (tap, start) = (index / groups, index % groups * size)
          let end = min(start + size, channels)
          return grid.scale(
            of: UnsafeBufferPointer(rebasing: row[tap * channels + start..<tap * channels + end]),
            ratios: IntegerGrid.weightRatios)
        }
      }
      let rounded = feedback.round(
        row, scale: { rowScales[$0 / channels * groups + $0 % channels / size] }, grid: grid)
      for (index, integer) in rounded.enumerated() {
        integers[first + index % channels * taps + index / channels] = integer
      }
      scales += rowScales
    }
    return .integers(precision, integers, scales: scales)
  }
}
