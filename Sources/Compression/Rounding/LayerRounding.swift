import KodamaCore
import KodamaInference
import KodamaLayers

/// Gives a layer in single precision another precision.
struct LayerRounding {
  /// The precision.
  let precision: Precision
  /// How the layer's inputs become integers, where the precision has integer inputs.
  let input: InputQuantization?
  /// For precisions with groups.
  let feedback: ErrorFeedback?

  /// The layer rounded. Its bias is rounded to bfloat16, as the scales of its weights are.
  ///
  /// - Precondition: it is in single precision.
  func round(_ layer: InferenceLayer) -> InferenceLayer {
    guard case .float32(let values) = layer.weights else {
      preconditionFailure("\(layer.path) is \(layer.precision.rawValue) already")
    }
    let weights: InferenceLayer.Weights =
      switch precision {
      case .float32: layer.weights
      case .bfloat16: .bfloat16(values.map { BFloat16(clamping: $0).bits })
      case _ where precision.hasGroups: byGroup(values, layer)
      default: byOutput(values, layer)
      }
    if precision == .float32 { return layer }
    return InferenceLayer(
      path: layer.path, outputs: layer.outputs, channels: layer.channels, taps: layer.taps, weights: weights,
      bias: layer.bias.map { $0.map { BFloat16(clamping: $0).float } }, input: precision.hasIntegerInputs ? input : nil)
  }

  /// Integers with a scale for each output.
  private func byOutput(_ values: [Float], _ layer: InferenceLayer) -> InferenceLayer.Weights {
    let form = WeightForm(outputs: layer.outputs, channels: layer.channels, taps: layer.taps)
    let scales = values.withUnsafeBufferPointer { form.scales(of: $0, precision) }
    let (grid, size) = (IntegerGrid.weights(precision), layer.channels * layer.taps)
    return .integers(
      precision, values.indices.map { Int8(grid.nearest(values[$0], scale: scales[$0 / size])) }, scales: scales)
  }

  /// Integers with a scale for each group of inputs, rounding errors compensated.
  private func byGroup(_ values: [Float], _ layer: InferenceLayer) -> InferenceLayer.Weights {
    guard let feedback else { preconditionFailure("\(layer.path): \(precision.rawValue) needs observed inputs") }
    let (grid, channels, taps) = (IntegerGrid.weights(precision), layer.channels, layer.taps)
    let form = WeightForm(outputs: layer.outputs, channels: channels, taps: taps)
    let scales = values.withUnsafeBufferPointer { form.scales(of: $0, precision) }
    var integers = [Int8](repeating: 0, count: values.count)
    for output in 0..<layer.outputs {
      let first = output * channels * taps
      let row = (0..<taps * channels).map { values[first + $0 % channels * taps + $0 / channels] }
      let rounded = feedback.round(
        row,
        scale: {
          scales[
            precision.scaleIndex(
              output: output, channel: $0 % channels, tap: $0 / channels, channels: channels, taps: taps)]
        }, grid: grid)
      for (index, integer) in rounded.enumerated() {
        integers[first + index % channels * taps + index / channels] = integer
      }
    }
    return .integers(precision, integers, scales: scales)
  }
}
