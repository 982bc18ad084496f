import KodamaLayers
import KodamaTensors

/// A convolution over time for inference: its weights in a precision of its own.
///
/// With x the concatenated taps,
///
///     float32, bfloat16   y = b + Σ w · x                                  x rounded as the weights are
///     int8 (and fewer)    y = b + sₒ · sₓ · Σ q · (u − z)
///     int4 (groups)       y = b + Σ over groups g of sₒ,g · sₓ · Σ q · (u − z)
///
/// where q are the stored integers, s their scales, and u the quantized inputs (see `InputQuantization`). The sums over
/// integers are exact. Rounding a weight errs by at most half its scale, of `binary` its scale, unless it lies beyond the integers.
///
/// - Source: Jacob et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
///   inference", §2; the weights here are symmetric and have no zero point.
public struct InferenceLayer: Sendable, Equatable {
  /// Weights in row-major order [outputs, channels, taps], oldest tap first.
  public enum Weights: Sendable, Equatable {
    case float32([Float])
    /// Bits of bfloat16.
    case bfloat16([UInt16])
    /// Integers within the precision's range; scales [outputs], or [outputs, taps, groups] of a precision with groups.
    case integers(Precision, [Int8], scales: [Float])

    /// Integers of 8 bits; scales [outputs].
    public static func int8(_ integers: [Int8], scales: [Float]) -> Weights {
      .integers(.int8, integers, scales: scales)
    }

    /// Integers of 4 bits; scales [outputs, taps, groups].
    public static func int4(_ integers: [Int8], scales: [Float]) -> Weights {
      .integers(.int4, integers, scales: scales)
    }

    /// Their precision.
    public var precision: Precision {
      switch self {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .integers(let precision, _, _): precision
      }
    }
  }

  /// The sizes of a layer.
  package struct Form: Sendable, Equatable {
    package let path: String
    package let outputs, channels, taps: Int
    package let hasBias: Bool

    package init(path: String, outputs: Int, channels: Int, taps: Int, hasBias: Bool) {
      (self.path, self.outputs, self.channels, self.taps) = (path, outputs, channels, taps)
      self.hasBias = hasBias
    }
  }

  /// Its name in checkpoints, such as `blocks.3.dilated`.
  public let path: String
  /// Channels of the output.
  public let outputs: Int
  /// Channels of the input.
  public let channels: Int
  /// The kernel size.
  public let taps: Int
  /// The weights.
  public let weights: Weights
  /// One for each output; nil of a layer without biases.
  public let bias: [Float]?
  /// How inputs become integers; nil where they do not.
  public let input: InputQuantization?

  /// A layer of given weights.
  ///
  /// - Precondition: the counts fit, and `input` is there exactly where the precision has integer inputs.
  public init(
    path: String, outputs: Int, channels: Int, taps: Int, weights: Weights, bias: [Float]?,
    input: InputQuantization? = nil
  ) {
    let (count, scales) =
      switch weights {
      case .float32(let values): (values.count, 0)
      case .bfloat16(let values): (values.count, 0)
      case .integers(_, let values, let scales): (values.count, scales.count)
      }
    let expected = weights.precision.scaleCount(outputs: outputs, channels: channels, taps: taps)
    precondition(
      count == outputs * channels * taps && scales == expected && bias?.count ?? outputs == outputs,
      "\(path): \(count) weights, \(scales) scales and \(bias?.count ?? 0) biases do not fit \(outputs) x \(channels) x \(taps)"
    )
    precondition(
      (input != nil) == weights.precision.hasIntegerInputs, "\(path): \(weights.precision) and a scale of inputs")
    self.path = path
    self.outputs = outputs
    self.channels = channels
    self.taps = taps
    self.weights = weights
    self.bias = bias
    self.input = input
  }

  /// The layer of a convolution in single precision, a normalized weight multiplied out.
  public init(_ convolution: Convolution, _ parameters: Parameters<Float>) {
    let weight = convolution.weight.tensor(from: parameters)
    let outputs = weight.shape[0]
    self.init(
      path: convolution.weight.path, outputs: outputs, channels: weight.shape[1], taps: weight.shape[2],
      weights: .float32(weight.elements),
      bias: convolution.bias(from: parameters)?.elements)
  }

  /// The precision of the weights.
  public var precision: Precision { weights.precision }
  /// The sizes.
  package var form: Form {
    Form(path: path, outputs: outputs, channels: channels, taps: taps, hasBias: bias != nil)
  }

  /// The layer with other weights, of another precision perhaps.
  ///
  /// - Precondition: as many, and `input` is there exactly where the precision has integer inputs.
  public func with(_ weights: Weights, input: InputQuantization?) -> InferenceLayer {
    InferenceLayer(
      path: path, outputs: outputs, channels: channels, taps: taps, weights: weights, bias: bias, input: input)
  }

  /// The index of the scale of a weight.
  package func scaleIndex(output: Int, channel: Int, tap: Int) -> Int {
    precision.scaleIndex(output: output, channel: channel, tap: tap, channels: channels, taps: taps)
  }

  /// The share of weights that are 0, from 0 to 1.
  public var zeroShare: Double {
    let zeros =
      switch weights {
      case .float32(let values): values.count { $0 == 0 }
      case .bfloat16(let bits): bits.count { $0 & 0x7fff == 0 }
      case .integers(_, let integers, _): integers.count { $0 == 0 }
      }
    return Double(zeros) / Double(max(1, outputs * channels * taps))
  }

  /// The weights as the numbers they represent, [outputs, channels, taps]: for looking at, not for computing with.
  public var dequantized: [Float] {
    switch weights {
    case .float32(let values): return values
    case .bfloat16(let values): return values.map { Float(bitPattern: UInt32($0) << 16) }
    case .integers(_, let values, let scales):
      return values.indices.map { index in
        let (row, tap) = (index / taps, index % taps)
        return Float(values[index]) * scales[scaleIndex(output: row / channels, channel: row % channels, tap: tap)]
      }
    }
  }
}

extension OperandForm {
  /// The form of a layer's input.
  package init(_ layer: InferenceLayer) {
    self.init(representation: layer.precision.operand, quantization: layer.input)
  }
}
