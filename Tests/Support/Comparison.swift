import KodamaTensors
import Testing

/// The largest difference of two tensors over the largest size in the second, not taken as less than `floor`; nil where
/// the shapes differ or a number is not finite.
public func relativeDifference<S: Scalar>(_ a: Tensor<S>, _ b: Tensor<S>, floor: S) -> S? {
  guard a.shape == b.shape else { return nil }
  var (difference, size) = (S(0), floor)
  for (x, y) in zip(a.elements, b.elements) {
    guard x.isFinite && y.isFinite else { return nil }
    difference = max(difference, abs(x - y))
    size = max(size, abs(y))
  }
  return difference / size
}

/// Expects max|a − b| ≤ tolerance · max(|b|max, floor), shape first.
public func expectClose<S: Scalar>(
  _ a: Tensor<S>, _ b: Tensor<S>, tolerance: S, floor: S = 1e-30, _ what: String = "tensor",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let difference = relativeDifference(a, b, floor: floor) else {
    Issue.record(
      "\(what): shapes \(a.shape) and \(b.shape), or numbers that are not finite", sourceLocation: sourceLocation)
    return
  }
  #expect(difference <= tolerance, "\(what) of shape \(a.shape)", sourceLocation: sourceLocation)
}
