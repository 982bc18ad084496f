import KodamaTensors

/// A layer without some of its input channels, whose other weights make up for them by least squares.
///
/// With H = E[x xᵀ] over observed inputs, to which a 1 for the bias is appended, and sₒ the importance of output o, the
/// least change of the outputs that removing input k takes is
///
///     Σₒ sₒ · Wₒₖ² / (H⁻¹)ₖₖ,   with   Wₒ ← Wₒ − Wₒₖ / (H⁻¹)ₖₖ · (H⁻¹)ₖ
///
/// and then H⁻¹ ← H⁻¹ − (H⁻¹)ₖᵀ (H⁻¹)ₖ / (H⁻¹)ₖₖ is that of the inputs that are left. The taps of a channel are removed
/// one after the other.
///
/// - Source: Hassibi and Stork 1993, "Second order derivatives for network pruning: Optimal Brain Surgeon", §3, for whole
///   inputs of a layer as in Kurtić et al. 2023, "ZipLM", §3.1.
struct ReadjustedLayer: Sendable {
  /// Output channels.
  let outputs: Int
  /// Input channels, those removed included.
  let channels: Int
  private let taps: Int
  private let hasBias: Bool
  /// Weights of an output: channels times taps, and the bias.
  private let width: Int
  private let importance: [Double]
  /// [outputs, width], a channel's taps beside each other, as in the layer's weight.
  private var weights: [Double]
  /// H⁻¹, [width, width]; 0 in the rows and columns of what is removed.
  private var inverse: [Double]

  /// What is added to each number of the diagonal of H, over itself and over their mean: inputs that depend on each
  /// other, or are always 0, leave it singular.
  private static let (damping, least) = (0.01, 1e-6)

  /// A layer with all of its inputs.
  ///
  /// - Parameters:
  ///   - weight: [outputs, channels, taps], oldest tap first.
  ///   - bias: [outputs]; nil where there is none.
  ///   - importance: of each output; nil for the reciprocal of the mean square of all outputs together.
  init(weight: Tensor<Float>, bias: Tensor<Float>?, inputs: LayerInputs, importance: [Double]? = nil) {
    let (outputs, size) = (weight.shape[0], weight.count / weight.shape[0])
    precondition(
      inputs.width == size && inputs.steps > 0, "inputs of \(inputs.width) numbers for weights of shape \(weight.shape)"
    )
    let (channels, width) = (weight.shape[1], size + (bias == nil ? 0 : 1))
    var weights = [Double](repeating: 0, count: outputs * width)
    let (elements, biases) = (weight.elements, bias?.elements)
    for output in 0..<outputs {
      for index in 0..<size { weights[output * width + index] = Double(elements[output * size + index]) }
      if let biases { weights[output * width + size] = Double(biases[output]) }
    }
    var moments = inputs.moments(channels: channels, hasConstant: bias != nil)
    let mean = (0..<size).reduce(0) { $0 + moments[$1 * width + $1] } / Double(size)
    for index in 0..<size {
      let place = index * width + index
      moments[place] += Self.damping * moments[place] + (mean > 0 ? Self.least * mean : 1)
    }
    let importance =
      importance
      ?? [Double](repeating: 1 / Self.meanSquare(weights, moments, width: width), count: outputs)
    precondition(importance.count == outputs, "\(importance.count) numbers for \(outputs) outputs")
    Self.invert(&moments, size: width)
    (self.outputs, self.channels, taps, hasBias) = (outputs, channels, size / channels, bias != nil)
    (self.width, self.importance, self.weights, inverse) = (width, importance, weights, moments)
  }

  /// The weight with some of the channels, [outputs, kept, taps], and the bias.
  func parameters(keeping kept: [Int]) -> (weight: Tensor<Float>, bias: Tensor<Float>?) {
    var elements: [Float] = []
    elements.reserveCapacity(outputs * kept.count * taps)
    for output in 0..<outputs {
      for channel in kept {
        for tap in 0..<taps { elements.append(Float(weights[output * width + channel * taps + tap])) }
      }
    }
    let bias = hasBias ? Tensor([outputs], (0..<outputs).map { Float(weights[($0 + 1) * width - 1]) }) : nil
    return (Tensor([outputs, kept.count, taps], elements), bias)
  }

  /// The least change of the outputs that removing each of some channels takes.
  func errors(of candidates: [Int]) -> [Double] {
    // The columns of a channel, and its part of the inverse, of which one tap after the other is removed.
    var (columns, part) = ([Double](repeating: 0, count: taps * outputs), [Double](repeating: 0, count: taps * taps))
    return candidates.map { channel in
      for tap in 0..<taps {
        let index = channel * taps + tap
        for output in 0..<outputs { columns[tap * outputs + output] = weights[output * width + index] }
        for other in 0..<taps { part[tap * taps + other] = inverse[index * width + channel * taps + other] }
      }
      var error = 0.0
      for tap in 0..<taps {
        let pivot = part[tap * taps + tap]
        if pivot <= 0 { continue }
        var sum = 0.0
        for output in 0..<outputs {
          let weight = columns[tap * outputs + output]
          sum += importance[output] * weight * weight
        }
        error += sum / pivot
        for other in tap + 1..<taps {
          let factor = part[tap * taps + other] / pivot
          for output in 0..<outputs { columns[other * outputs + output] -= factor * columns[tap * outputs + output] }
          for last in tap + 1..<taps { part[other * taps + last] -= factor * part[tap * taps + last] }
        }
      }
      return error
    }
  }

  /// Removes a channel.
  mutating func remove(_ channel: Int) {
    let (outputs, width) = (outputs, width)
    for index in channel * taps..<(channel + 1) * taps {
      let row = Array(inverse[index * width..<(index + 1) * width])
      let pivot = row[index]
      weights.withUnsafeMutableBufferPointer { weights in
        for output in 0..<outputs {
          let factor = pivot > 0 ? weights[output * width + index] / pivot : 0
          if factor != 0 { for other in 0..<width { weights[output * width + other] -= factor * row[other] } }
          weights[output * width + index] = 0
        }
      }
      inverse.withUnsafeMutableBufferPointer { inverse in
        for other in 0..<width {
          let factor = pivot > 0 ? row[other] / pivot : 0
          if factor != 0 { for last in 0..<width { inverse[other * width + last] -= factor * row[last] } }
          inverse[other * width + index] = 0
          inverse[index * width + other] = 0
        }
      }
    }
  }

  /// The mean square of all outputs together: Σₒ Wₒ H Wₒᵀ; 1 where that is 0.
  private static func meanSquare(_ weights: [Double], _ moments: [Double], width: Int) -> Double {
    var sum = 0.0
    for first in stride(from: 0, to: weights.count, by: width) {
      for row in 0..<width {
        let product = (0..<width).reduce(0) { $0 + moments[row * width + $1] * weights[first + $1] }
        sum += weights[first + row] * product
      }
    }
    return sum > 0 ? sum : 1
  }

  /// Inverts a symmetric positive definite matrix, row-major [size, size], by Gauss-Jordan elimination.
  private static func invert(_ matrix: inout [Double], size: Int) {
    matrix.withUnsafeMutableBufferPointer { a in
      for pivot in 0..<size {
        let factor = 1 / a[pivot * size + pivot]
        a[pivot * size + pivot] = 1
        for column in 0..<size { a[pivot * size + column] *= factor }
        for row in 0..<size where row != pivot {
          let value = a[row * size + pivot]
          a[row * size + pivot] = 0
          for column in 0..<size { a[row * size + column] -= value * a[pivot * size + column] }
        }
      }
    }
  }
}

extension LayerInputs {
  /// E[x xᵀ], row-major, with a channel's taps beside each other, and with a last number that is always 1 on request.
  fileprivate func moments(channels: Int, hasConstant: Bool) -> [Double] {
    let (taps, size) = (width / channels, width + (hasConstant ? 1 : 0))
    var moments = [Double](repeating: 0, count: size * size)
    var row = [Double](repeating: 1, count: size)
    moments.withUnsafeMutableBufferPointer { moments in
      for step in 0..<steps {
        for channel in 0..<channels {
          for tap in 0..<taps {
            row[channel * taps + tap] = Double(values[step * width + tap * channels + channel])
          }
        }
        row.withUnsafeBufferPointer { row in
          for i in 0..<size where row[i] != 0 { for j in i..<size { moments[i * size + j] += row[i] * row[j] } }
        }
      }
      for i in 0..<size {
        for j in i..<size {
          moments[i * size + j] /= Double(steps)
          moments[j * size + i] = moments[i * size + j]
        }
      }
    }
    return moments
  }
}
