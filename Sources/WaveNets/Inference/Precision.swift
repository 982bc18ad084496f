/// How the weights of a layer are held, and with that the arithmetic of its products. Sums are of single precision or, of
/// integers, exact.
public enum Precision: String, Sendable, CaseIterable, Codable {
  /// Weights and inputs of 32 bits.
  case float32 = "f32"
  /// Weights and inputs rounded to the upper 16 bits of `float32`.
  case bfloat16 = "bf16"
  /// Weights of 8 bits with a scale for each output, inputs of 8 bits with one scale.
  case int8
  /// Weights of 4 bits with a scale for each group of `InferenceLayer.groupSize` inputs, inputs of 8 bits with one scale.
  case int4

  /// Whether the layer's inputs are integers, whose scale must be known.
  public var hasIntegerInputs: Bool { self == .int8 || self == .int4 }
}
