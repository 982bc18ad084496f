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
  /// Weights -1, 0 and 1 with a scale for each output, inputs of 8 bits with one scale. (Li et al. 2016, "Ternary weight
  /// networks", §2.)
  case ternary
  /// Weights -1 and 1 with a scale for each output, inputs of 8 bits with one scale. (Rastegari et al. 2016, "XNOR-Net",
  /// §3.1, whose inputs are floats.)
  case binary

  /// The inputs that share a scale in precisions with groups: so many channels of one tap, the last group of a tap
  /// fewer.
  public static let groupSize = 32

  /// Bits of a weight in a file.
  public var bits: Int {
    switch self {
    case .float32: 32
    case .bfloat16: 16
    case .int8: 8
    case .int4: 4
    case .ternary: 2
    case .binary: 1
    }
  }

  /// Bits of a weight as products read it. Weights of 1 and 2 bits are read as 8: the products are those of `int8`.
  package var productBits: Int { hasGroups ? bits : max(bits, 8) }

  /// The integers that weights are, of `binary` the two ends; nil of floating-point numbers.
  public var weightRange: ClosedRange<Int>? {
    switch self {
    case .float32, .bfloat16: nil
    // As many on both sides of 0.
    case .int8: -127...127
    case .int4: -8...7
    case .ternary, .binary: -1...1
    }
  }

  /// Whether the weights of each group of inputs have a scale of their own; those of other integers have one for each
  /// output.
  public var hasGroups: Bool { self == .int4 }

  /// Whether the layer's inputs are integers, whose scale must be known.
  public var hasIntegerInputs: Bool { weightRange != nil }

  /// Whether several weights are in one byte of a file.
  package var isPacked: Bool { bits < 8 }

  /// The precisions that quantization may lead to, in the order of falling bits.
  public static let schemes = allCases.filter { $0 != .float32 }

  /// The precisions whose weights are integers, in the order of falling bits.
  public static let integers = allCases.filter(\.hasIntegerInputs)

  /// Groups of one tap.
  package static func groups(channels: Int) -> Int { (channels + groupSize - 1) / groupSize }

  /// The index of the scale of a weight of [outputs, channels, taps].
  package func scaleIndex(output: Int, channel: Int, tap: Int, channels: Int, taps: Int) -> Int {
    hasGroups ? (output * taps + tap) * Self.groups(channels: channels) + channel / Self.groupSize : output
  }

  /// How many scales the weights of a layer have.
  package func scaleCount(outputs: Int, channels: Int, taps: Int) -> Int {
    if !hasIntegerInputs { return 0 }
    return hasGroups ? outputs * taps * Self.groups(channels: channels) : outputs
  }
}
