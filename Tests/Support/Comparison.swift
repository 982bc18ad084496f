import KodamaTensors
import Testing

/// How far numbers are from the expected ones, relative to the largest of those.
public struct Disagreement: Sendable, CustomStringConvertible {
  /// max|a − b| / max(|b|max, floor); infinite where counts or shapes differ, where there is nothing to compare, and
  /// where a number is not finite.
  public let relative: Double
  /// Where the largest difference is with the two numbers there, or why the two cannot be compared.
  public let description: String

  fileprivate static func incomparable(_ reason: String) -> Self { Self(relative: .infinity, description: reason) }
}

/// The largest disagreement of two collections of numbers. No two that hold NaN or an infinity agree, not even with
/// themselves, and nothing agrees with nothing: a test that compares nothing cannot fail.
///
/// - Parameter floor: the least size that differences are taken relative to; 1 makes the tolerance of numbers up to 1 an
///   absolute one.
public func disagreement<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(
  _ actual: some Collection<A>, _ expected: some Collection<B>, floor: Double = 1e-30
) -> Disagreement {
  if actual.count != expected.count { return .incomparable("\(actual.count) numbers for \(expected.count)") }
  if expected.isEmpty { return .incomparable("there are no numbers to compare") }
  var (largest, scale, place) = (0.0, floor, 0)
  for (index, (a, b)) in zip(actual, expected).enumerated() {
    guard a.isFinite && b.isFinite else { return .incomparable("\(a) for \(b), at \(index)") }
    let difference = (Double(a) - Double(b)).magnitude
    if difference > largest { (largest, place) = (difference, index) }
    scale = max(scale, Double(b.magnitude))
  }
  let (a, b) = (actual.dropFirst(place).first!, expected.dropFirst(place).first!)
  return Disagreement(
    relative: largest / scale, description: "\(largest / scale) of \(scale), at \(place): \(a) for \(b)")
}

/// The largest disagreement of two tensors, their shapes first.
// Weights of whole networks are compared: unspecialized, this took minutes.
@_specialize(where S == Float)
@_specialize(where S == Double)
public func disagreement<S: Scalar>(
  _ actual: Tensor<S>, _ expected: Tensor<S>, floor: Double = 1e-30
) -> Disagreement {
  if actual.shape != expected.shape { return .incomparable("shape \(actual.shape) for \(expected.shape)") }
  return disagreement(actual.elements, expected.elements, floor: floor)
}

/// Expects max|a − b| ≤ tolerance · max(|b|max, floor): counts first, and all numbers finite.
public func expectClose<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(
  _ actual: some Collection<A>, _ expected: some Collection<B>, tolerance: Double, floor: Double = 1e-30,
  _ what: @autoclosure () -> String = "numbers", sourceLocation: SourceLocation = #_sourceLocation
) {
  let found = disagreement(actual, expected, floor: floor)
  #expect(found.relative <= tolerance, "\(what()): \(found)", sourceLocation: sourceLocation)
}

/// Expects max|a − b| ≤ tolerance · max(|b|max, floor): shapes first, and all numbers finite.
public func expectClose<S: Scalar>(
  _ actual: Tensor<S>, _ expected: Tensor<S>, tolerance: Double, floor: Double = 1e-30,
  _ what: @autoclosure () -> String = "tensor", sourceLocation: SourceLocation = #_sourceLocation
) {
  let found = disagreement(actual, expected, floor: floor)
  #expect(
    found.relative <= tolerance, "\(what()) of shape \(actual.shape): \(found)", sourceLocation: sourceLocation)
}

/// The elements of two collections side by side: `zip`, but the test fails where one has more than the other, or where
/// there are none.
public func paired<A: Collection, B: Collection>(
  _ a: A, _ b: B, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Zip2Sequence<A, B> {
  try #require(a.count == b.count && !a.isEmpty, "\(a.count) and \(b.count) elements", sourceLocation: sourceLocation)
  return zip(a, b)
}

extension Sequence {
  /// Whether there are elements, and a condition holds for each: `allSatisfy` holds for no elements.
  public func nonemptyAllSatisfy(_ predicate: (Element) throws -> Bool) rethrows -> Bool {
    var isEmpty = true
    for element in self {
      if try !predicate(element) { return false }
      isEmpty = false
    }
    return !isEmpty
  }
}
