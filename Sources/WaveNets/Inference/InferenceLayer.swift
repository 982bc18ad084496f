import KodamaLayers
import KodamaTensors

/// A convolution over time made ready to infer: its weights in a precision of its own.
///
/// With x the concatenated taps,
///
///     float32, bfloat16   y = b + Σ w · x                                  x rounded as the weights are
///     int8                y = b + sₒ · sₓ · Σ q · (u − z)
///     int4                y = b + Σ over groups g of sₒ,g · sₓ · Σ q · (u − z)
///
/// where q are the stored integers, s their scales, and u the quantized inputs (see `InputQuantization`). The sums over
/// integers are exact. Rounding a weight errs by at most half its scale.
///
/// - Source: Jacob et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
///   inference", §2; the weights here are symmetric and have no zero point.
public struct InferenceLayer: Sendable, Equatable {
  /// The inputs that share a scale in `Precision.int4`: so many channels of one tap, the last group of a tap fewer.
  public static let groupSize = 32

  /// Weights in row-major order [outputs, channels, taps], oldest tap first.
  public enum Weights: Sendable, Equatable {
    case float32([Float])
    /// Bits of bfloat16.
    case bfloat16([UInt16])
    /// Integers from −127 to 127; scales [outputs].
    case int8([Int8], scales: [Float])
    /// Integers from −8 to 7; scales [outputs, taps, groups].
    case int4([Int8], scales: [Float])

    /// Their precision.
    public var precision: Precision {
      switch self {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .int8: .int8
      case .int4: .int4
      }
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
  /// One for each output.
  public let bias: [Float]
  /// How inputs become integers; nil where they do not.
  public let input: InputQuantization?

  /// A layer of given weights.
  ///
  /// - Precondition: the counts fit, and `input` is there exactly where the precision has integer inputs.
  public init(
    path: String, outputs: Int, channels: Int, taps: Int, weights: Weights, bias: [Float],
    input: InputQuantization? = nil
  ) {
    let (count, scales) =
      switch weights {
      case .float32(let values): (values.count, 0)
      case .bfloat16(let values): (values.count, 0)
      case .int8(let values, let scales), .int4(let values, let scales): (values.count, scales.count)
      }
    let expected = Self.scaleCount(weights.precision, outputs: outputs, channels: channels, taps: taps)
    precondition(
      count == outputs * channels * taps && scales == expected && bias.count == outputs,
      "\(path): \(count) weights, \(scales) scales and \(bias.count) biases do not fit \(outputs) x \(channels) x \(taps)"
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
      bias: convolution.bias(from: parameters)?.elements ?? [Float](repeating: 0, count: outputs))
  }

  /// The precision of the weights.
  public var precision: Precision { weights.precision }

  /// Groups of a tap in `Precision.int4`.
  public static func groups(channels: Int) -> Int { (channels + groupSize - 1) / groupSize }

  /// How many scales the weights of a layer have.
  static func scaleCount(_ precision: Precision, outputs: Int, channels: Int, taps: Int) -> Int {
    switch precision {
    case .float32, .bfloat16: 0
    case .int8: outputs
    case .int4: outputs * taps * groups(channels: channels)
    }
  }

  /// The weights as the numbers they stand for, [outputs, channels, taps]: for looking at, not for computing with.
  public var dequantized: [Float] {
    switch weights {
    case .float32(let values): return values
    case .bfloat16(let values): return values.map { Float(bitPattern: UInt32($0) << 16) }
    case .int8(let values, let scales):
      return values.indices.map { Float(values[$0]) * scales[$0 / (channels * taps)] }
    case .int4(let values, let scales):
      let groups = Self.groups(channels: channels)
      return values.indices.map { index in
        let (row, tap) = (index / taps, index % taps)
        let (output, channel) = (row / channels, row % channels)
        return Float(values[index]) * scales[(output * taps + tap) * groups + channel / Self.groupSize]
      }
    }
  }
}
