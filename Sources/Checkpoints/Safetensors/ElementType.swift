import KodamaCore

/// The types of elements in a safetensors file; the raw values are the format's names.
public enum ElementType: String, Sendable, CaseIterable {
  /// IEEE 754 with 64 bits.
  case float64 = "F64"
  /// IEEE 754 with 32 bits.
  case float32 = "F32"
  /// IEEE 754 with 16 bits.
  case float16 = "F16"
  /// The upper half of `float32`.
  case bfloat16 = "BF16"
  /// Two's complement with 64 bits.
  case int64 = "I64"
  /// Two's complement with 32 bits.
  case int32 = "I32"
  /// Two's complement with 16 bits.
  case int16 = "I16"
  /// Two's complement with 8 bits.
  case int8 = "I8"
  /// A byte.
  case uint8 = "U8"
  /// A byte that is 0 or 1.
  case boolean = "BOOL"

  /// The format's other types, which are not supported.
  static let unsupportedNames: Set = [
    "U16", "U32", "U64", "C64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4",
  ]

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .boolean: 1
    }
  }

  /// Whether the elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    default: false
    }
  }
}

#if _endian(big)
  #error("safetensors files are little-endian, and their elements are read and written as they lie in memory")
#endif

/// A Swift number that lies in memory as an element type does in a file.
public protocol StoredElement: BitwiseCopyable {
  /// Its type in a file.
  static var elementType: ElementType { get }
}

extension Double: StoredElement { public static var elementType: ElementType { .float64 } }
extension Float: StoredElement { public static var elementType: ElementType { .float32 } }
extension Int64: StoredElement { public static var elementType: ElementType { .int64 } }
extension Int32: StoredElement { public static var elementType: ElementType { .int32 } }
extension Int16: StoredElement { public static var elementType: ElementType { .int16 } }
extension Int8: StoredElement { public static var elementType: ElementType { .int8 } }
extension UInt8: StoredElement { public static var elementType: ElementType { .uint8 } }

/// Half precision by integer operations: `Float16` is not available on all platforms.
enum HalfPrecision {
  /// The number that 16 bits of IEEE 754 represent: sign, 5 bits of exponent with bias 15, 10 bits of fraction.
  static func float(binary16 bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 0x1f), Float(bits & 0x3ff))
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
    }
  }
}

extension BFloat16: StoredElement { public static var elementType: ElementType { .bfloat16 } }
