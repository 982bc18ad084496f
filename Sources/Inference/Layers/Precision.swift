import KodamaCheckpoints

/// How the weights of a layer are stored, and with that the arithmetic of its products. Sums are of single precision
/// or, of integers, exact.
///
/// What depends on the precision is derived from the properties here; the one thing each precision has of its own
/// elsewhere is the kernel of its products.
public enum Precision: String, Sendable, CaseIterable, Codable {
  /// Weights and inputs of 32 bits.
  case float32 = "f32"
  /// Weights and inputs rounded to the upper 16 bits of `float32`.
  case bfloat16 = "bf16"
  /// Weights of 8 bits with a scale for each output, inputs of 8 bits with one scale.
  case int8
  /// Weights of 4 bits with a scale for each group of `Precision.groupSize` inputs, inputs of 8 bits with one scale.
  case int4

  /// The inputs that share a scale in precisions with groups: so many channels of one tap, the last group of a tap
  /// fewer.
  public static let groupSize = 32

  /// Bits of a weight.
  public var bits: Int {
    switch self {
    case .float32: 32
    case .bfloat16: 16
    case .int8: 8
    case .int4: 4
    }
  }

  /// The integers that weights are; nil of floating-point numbers.
  public var weightRange: ClosedRange<Int>? {
    switch self {
    case .float32, .bfloat16: nil
    // As many on both sides of 0.
    case .int8: -127...127
    case .int4: -8...7
    }
  }

  /// Whether the weights of each group of inputs have a scale of their own; those of other integers have one for each
  /// output.
  public var hasGroups: Bool { hasIntegerInputs && bits < 8 }

  /// Whether the layer's inputs are integers, whose scale must be known.
  public var hasIntegerInputs: Bool { weightRange != nil }

  /// The precisions that quantization may lead to, in the order of falling bits.
  public static let schemes = allCases.filter { $0 != .float32 }

  /// Groups of one tap.
  package static func groups(channels: Int) -> Int { (channels + groupSize - 1) / groupSize }

  /// How many scales the weights of a layer have.
  package func scaleCount(outputs: Int, channels: Int, taps: Int) -> Int {
    if !hasIntegerInputs { return 0 }
    return hasGroups ? outputs * taps * Self.groups(channels: channels) : outputs
  }
}
