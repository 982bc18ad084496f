/// How a layer's input x becomes an integer u of 8 bits:
///
///     u = min(max(round(x / scale) + zero point, 0), 255)
///
/// and stands for (u − zero point) · scale. Halves are rounded to even.
public struct InputQuantization: Sendable, Hashable {
  /// The step between two integers, positive and finite.
  public let scale: Float
  /// The integer of 0: 128 for inputs of both signs, 0 for rectified ones.
  public let zeroPoint: Int

  /// - Precondition: the scale is positive and finite, the zero point 0 or 128.
  public init(scale: Float, zeroPoint: Int) {
    precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
    precondition(zeroPoint == 0 || zeroPoint == 128, "a zero point of \(zeroPoint)")
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// The largest number that is not cut off.
  public var limit: Float { Float(255 - zeroPoint) * scale }
}
