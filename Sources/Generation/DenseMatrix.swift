import KodamaLayers
import KodamaTensors

/// A matrix with a bias, [outputs][inputs], on its way from a layer's parameters to a packed matrix.
struct DenseMatrix {
  private(set) var outputs: Int
  private(set) var inputs: Int
  private(set) var weights: [Float]
  private(set) var bias: [Float]

  /// A matrix of the given rows, one after another.
  init(outputs: Int, inputs: Int, weights: [Float], bias: [Float]) {
    precondition(
      weights.count == outputs * inputs && bias.count == outputs,
      "\(weights.count) weights and \(bias.count) biases are no matrix of \(outputs) x \(inputs)")
    self.outputs = outputs
    self.inputs = inputs
    self.weights = weights
    self.bias = bias
  }

  /// The matrix of a convolution whose input is the concatenation of all taps, oldest first.
  ///
  /// Everything is multiplied by `scale`.
  ///
  /// - Throws: `GenerationFault.notFinite` where a number is not finite, as a normalized weight of length 0 is.
  init(
    _ convolution: CausalConvolution, _ parameters: Parameters<Float>, scale: Double = 1
  ) throws(GenerationFault) {
    let weight = convolution.weight.tensor(from: parameters)
    let (channels, taps) = (weight.shape[1], weight.shape[2])
    outputs = weight.shape[0]
    inputs = channels * taps
    let source = weight.elements
    var weights = [Float](repeating: 0, count: source.count)
    for output in 0..<outputs {
      for channel in 0..<channels {
        for tap in 0..<taps {
          let value = Double(source[(output * channels + channel) * taps + tap]) * scale
          weights[(output * taps + tap) * channels + channel] = Float(value)
        }
      }
    }
    self.weights = weights
    bias =
      convolution.bias(from: parameters).map { $0.elements.map { Float(Double($0) * scale) } }
      ?? [Float](repeating: 0, count: weight.shape[0])
    for (name, numbers) in [("weight", self.weights), ("bias", bias)] where !numbers.allSatisfy(\.isFinite) {
      throw .notFinite(parameter: "\(convolution.weight.path).\(name)")
    }
  }

  /// The matrix that adds up what several give: their inputs are concatenated, their biases summed.
  init(sumOf matrices: [DenseMatrix]) {
    let rows = matrices[0].outputs
    precondition(
      matrices.allSatisfy { $0.outputs == rows }, "matrices of \(matrices.map(\.outputs)) outputs have no sum")
    outputs = rows
    inputs = matrices.reduce(0) { $0 + $1.inputs }
    weights = (0..<rows).flatMap { row in
      matrices.flatMap { $0.weights[row * $0.inputs..<(row + 1) * $0.inputs] }
    }
    bias = (0..<rows).map { row in Float(matrices.reduce(0) { $0 + Double($1.bias[row]) }) }
  }

  /// The same outputs in `parts` equal runs, each followed by outputs of 0 up to a multiple of `multiple`.
  func padded(parts: Int, multiple: Int) -> DenseMatrix {
    let part = outputs / parts
    let width = part.roundedUp(toMultipleOf: multiple)
    var result = self
    result.outputs = parts * width
    result.weights = [Float](repeating: 0, count: parts * width * inputs)
    result.bias = [Float](repeating: 0, count: parts * width)
    for row in 0..<outputs {
      let target = row / part * width + row % part
      result.bias[target] = bias[row]
      result.weights.replaceSubrange(
        target * inputs..<(target + 1) * inputs, with: weights[row * inputs..<(row + 1) * inputs])
    }
    return result
  }
}

extension Int {
  /// The smallest multiple of `multiple` that is not below this number.
  func roundedUp(toMultipleOf multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
