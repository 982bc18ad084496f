/// A number that tensors hold: `Float` for work, `Double` for gradient checks.
public protocol Scalar: BinaryFloatingPoint, Sendable {
  /// The loops over elements of this type.
  static var primitives: Primitives<Self> { get }
}

extension Double: Scalar {
  public static let primitives: Primitives<Double> = DoublePrimitives()
}

extension Float: Scalar {
  public static let primitives: Primitives<Float> = FloatPrimitives()
}
