extension Scalar {
  /// The loops over elements of this type.
  static var primitives: Primitives<Self> {
    // The types are equal where the casts are made, so they are of an object to its own type.
    if Self.self == Float.self { return unsafeDowncast(FloatPrimitives.current, to: Primitives<Self>.self) }
    if Self.self == Double.self { return unsafeDowncast(DoublePrimitives.current, to: Primitives<Self>.self) }
    return Primitives<Self>()
  }
}
