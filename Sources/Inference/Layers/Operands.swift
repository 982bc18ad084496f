import KodamaCore
import KodamaLayers

/// How a layer's input x becomes an integer u of 8 bits:
///
///     u = min(max(round(x / scale) + zero point, 0), 255)
///
/// which represents (u − zero point) · scale. Halves are rounded to even.
public struct InputQuantization: Sendable, Hashable {
  /// The step between two integers, positive and finite.
  public let scale: Float
  /// The integer of 0: 128 for inputs of both signs, 0 for inputs that are never negative.
  public let zeroPoint: Int

  /// - Precondition: the scale is positive and finite, the zero point 0 or 128.
  public init(scale: Float, zeroPoint: Int) {
    precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
    precondition(zeroPoint == 0 || zeroPoint == 128, "a zero point of \(zeroPoint)")
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// The largest number that is not clipped.
  public var limit: Float { Float(255 - zeroPoint) * scale }
}

/// The representation of a layer's input in memory. Layers whose inputs have one form share them: 8-bit and 4-bit
/// weights take the same integers.
package struct OperandForm: Hashable, Sendable {
  /// The type of its numbers.
  package enum Representation: Hashable, Sendable {
    case float32
    case bfloat16
    /// Bytes without sign.
    case integer8
  }

  package let representation: Representation
  /// Of integers.
  package let quantization: InputQuantization?

  /// Single precision, the form in which nodes compute.
  package static let float32 = OperandForm(representation: .float32, quantization: nil)

  package init(representation: Representation, quantization: InputQuantization?) {
    self.representation = representation
    self.quantization = quantization
  }

  /// Bytes of one number.
  package var numberBytes: Int {
    switch representation {
    case .float32: 4
    case .bfloat16: 2
    case .integer8: 1
    }
  }

  /// The byte of a representation of 0: 0 of floating-point numbers, the zero point of integers.
  package var zero: UInt8 { UInt8(quantization?.zeroPoint ?? 0) }
}

extension Precision {
  /// How the layer's inputs are represented.
  package var operand: OperandForm.Representation {
    hasIntegerInputs ? .integer8 : self == .bfloat16 ? .bfloat16 : .float32
  }

  /// The inputs of a tap are padded to a multiple of this: so many weights lie together, or a group has so many.
  package var inputMultiple: Int { hasGroups ? Self.groupSize : 32 / productBits }

  /// Bytes of one tap's inputs.
  package func operandBytes(channels: Int) -> Int {
    channels.roundedUp(toMultipleOf: inputMultiple)
      * OperandForm(representation: operand, quantization: nil).numberBytes
  }
}

extension Int {
  /// The smallest multiple of `multiple` that is not below this number.
  package func roundedUp(toMultipleOf multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
