import KodamaTensors
import Synchronization

/// A number in double precision whose multiplications are counted: shows how many a plain loop really makes.
public struct CountedNumber: Sendable, Hashable {
  private final class Counter: Sendable {
    let count = Atomic(0)
  }

  @TaskLocal private static var counter: Counter?

  private var value: Double

  /// The multiplications of two such numbers that `body` makes on this thread.
  public static func multiplications(_ body: () throws -> Void) rethrows -> Int {
    let counter = Counter()
    try $counter.withValue(counter, operation: body)
    return counter.count.load(ordering: .relaxed)
  }

  private static func counted(_ product: Double) -> Self {
    counter?.count.add(1, ordering: .relaxed)
    return Self(product)
  }
}

extension CountedNumber: Scalar {
  public static func * (a: Self, b: Self) -> Self { counted(a.value * b.value) }
  public static func *= (a: inout Self, b: Self) { a = a * b }
  public mutating func addProduct(_ a: Self, _ b: Self) { self += a * b }
}

// MARK: All else as `Double` has it

extension CountedNumber: BinaryFloatingPoint {
  public typealias RawSignificand = UInt64
  public typealias RawExponent = UInt
  public typealias Exponent = Int
  public typealias Magnitude = Self
  public typealias Stride = Self

  public init(sign: FloatingPointSign, exponentBitPattern: UInt, significandBitPattern: UInt64) {
    value = Double(sign: sign, exponentBitPattern: exponentBitPattern, significandBitPattern: significandBitPattern)
  }
  public init(sign: FloatingPointSign, exponent: Int, significand: Self) {
    value = Double(sign: sign, exponent: exponent, significand: significand.value)
  }
  public init(signOf: Self, magnitudeOf: Self) {
    value = Double(signOf: signOf.value, magnitudeOf: magnitudeOf.value)
  }
  public init(_ number: Int) { value = Double(number) }
  public init(_ number: Float) { value = Double(number) }
  public init(_ number: Double) { value = number }
  public init<Source: BinaryInteger>(_ number: Source) { value = Double(number) }
  public init?<Source: BinaryInteger>(exactly number: Source) {
    guard let exact = Double(exactly: number) else { return nil }
    value = exact
  }
  public init(integerLiteral number: Int64) { value = Double(number) }
  public init(floatLiteral number: Double) { value = number }

  public static var exponentBitCount: Int { Double.exponentBitCount }
  public static var significandBitCount: Int { Double.significandBitCount }
  public static var radix: Int { Double.radix }
  public static var nan: Self { Self(Double.nan) }
  public static var signalingNaN: Self { Self(Double.signalingNaN) }
  public static var infinity: Self { Self(Double.infinity) }
  public static var greatestFiniteMagnitude: Self { Self(Double.greatestFiniteMagnitude) }
  public static var pi: Self { Self(Double.pi) }
  public static var leastNormalMagnitude: Self { Self(Double.leastNormalMagnitude) }
  public static var leastNonzeroMagnitude: Self { Self(Double.leastNonzeroMagnitude) }

  public var exponentBitPattern: UInt { value.exponentBitPattern }
  public var significandBitPattern: UInt64 { value.significandBitPattern }
  public var sign: FloatingPointSign { value.sign }
  public var exponent: Int { value.exponent }
  public var significand: Self { Self(value.significand) }
  public var significandWidth: Int { value.significandWidth }
  public var binade: Self { Self(value.binade) }
  public var ulp: Self { Self(value.ulp) }
  public var nextUp: Self { Self(value.nextUp) }
  public var magnitude: Self { Self(value.magnitude) }
  public var isNormal: Bool { value.isNormal }
  public var isFinite: Bool { value.isFinite }
  public var isZero: Bool { value.isZero }
  public var isSubnormal: Bool { value.isSubnormal }
  public var isInfinite: Bool { value.isInfinite }
  public var isNaN: Bool { value.isNaN }
  public var isSignalingNaN: Bool { value.isSignalingNaN }
  public var isCanonical: Bool { value.isCanonical }

  public static func + (a: Self, b: Self) -> Self { Self(a.value + b.value) }
  public static func - (a: Self, b: Self) -> Self { Self(a.value - b.value) }
  public static func / (a: Self, b: Self) -> Self { Self(a.value / b.value) }
  public static func += (a: inout Self, b: Self) { a.value += b.value }
  public static func -= (a: inout Self, b: Self) { a.value -= b.value }
  public static func /= (a: inout Self, b: Self) { a.value /= b.value }
  public mutating func formRemainder(dividingBy other: Self) { value.formRemainder(dividingBy: other.value) }
  public mutating func formTruncatingRemainder(dividingBy other: Self) {
    value.formTruncatingRemainder(dividingBy: other.value)
  }
  public mutating func formSquareRoot() { value.formSquareRoot() }
  public mutating func round(_ rule: FloatingPointRoundingRule) { value.round(rule) }
  public func isEqual(to other: Self) -> Bool { value.isEqual(to: other.value) }
  public func isLess(than other: Self) -> Bool { value.isLess(than: other.value) }
  public func isLessThanOrEqualTo(_ other: Self) -> Bool { value.isLessThanOrEqualTo(other.value) }
  public func distance(to other: Self) -> Self { Self(other.value - value) }
  public func advanced(by amount: Self) -> Self { Self(value + amount.value) }
}
