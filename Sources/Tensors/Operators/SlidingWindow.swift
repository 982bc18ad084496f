/// The sliding of a kernel along one axis: its size, stride, dilation and padding.
public struct SlidingWindow: Sendable, Equatable, Hashable, CustomStringConvertible {
  /// The zeros added at the ends of an axis.
  public enum Padding: Sendable, Equatable, Hashable {
    /// The given numbers before the first element and after the last.
    case explicit(before: Int, after: Int)
    /// As many as give ⌈n / stride⌉ outputs; if odd, one more after the last element.
    case same
    /// (K − 1) · d before the first element, so that outputs do not depend on later elements.
    case causal
  }

  /// Elements under the kernel, K.
  public let kernelSize: Int
  /// Elements from one output to the next.
  public let stride: Int
  /// Elements from one tap of the kernel to the next, d.
  public let dilation: Int
  /// The padding at the ends.
  public let padding: Padding

  /// - Precondition: positive sizes, padding not negative.
  public init(
    _ kernelSize: Int, stride: Int = 1, dilation: Int = 1, padding: Padding = .explicit(before: 0, after: 0)
  ) {
    precondition(
      kernelSize > 0 && stride > 0 && dilation > 0,
      "no window has kernel size \(kernelSize), stride \(stride), dilation \(dilation)")
    if case .explicit(let before, let after) = padding {
      precondition(before >= 0 && after >= 0, "padding of \(before) and \(after) is negative")
    }
    self.kernelSize = kernelSize
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  /// The elements from the first tap to the last: (K − 1) · d + 1.
  public var extent: Int { (kernelSize - 1) * dilation + 1 }

  /// The zeros before and after an axis of `length` elements.
  public func padding(ofLength length: Int) -> (before: Int, after: Int) {
    switch padding {
    case .explicit(let before, let after): return (before, after)
    case .causal: return (extent - 1, 0)
    case .same:
      let outputs = (length + stride - 1) / stride
      let total = max(0, (outputs - 1) * stride + extent - length)
      return (total / 2, total - total / 2)
    }
  }

  /// The number of outputs along an axis of `length` elements, ⌊(n + padding − extent) / stride⌋ + 1; 0 where the
  /// window does not fit or there are no elements, whatever the padding.
  public func outputLength(_ length: Int) -> Int {
    if length < 1 { return 0 }
    let (before, after) = padding(ofLength: length)
    let room = length + before + after - extent
    return room < 0 ? 0 : room / stride + 1
  }

  /// The smallest length of an axis with outputs.
  var leastLength: Int {
    guard case .explicit(let before, let after) = padding else { return 1 }
    return max(1, extent - before - after)
  }

  /// Whether the window covers an element at every position along an axis of `length` elements.
  func alwaysCoversElements(ofLength length: Int) -> Bool {
    let before = padding(ofLength: length).before
    return (0..<outputLength(length)).allSatisfy { output in
      (0..<kernelSize).contains { (0..<length).contains(output * stride + $0 * dilation - before) }
    }
  }

  public var description: String {
    let around: String
    switch padding {
    case .explicit(let before, let after): around = "\(before) + \(after)"
    case .same: around = "same"
    case .causal: around = "causal"
    }
    return "kernel \(kernelSize), stride \(stride), dilation \(dilation), padding \(around)"
  }
}

extension [SlidingWindow] {
  /// The numbers of outputs along the axes between batch and channels.
  func outputLengths(of input: Shape) -> [Int] {
    zip(self, input.extents.dropFirst()).map { $0.outputLength($1) }
  }

  /// Whether the windows cover an element at every position of an input.
  func alwaysCoverElements(of input: Shape) -> Bool {
    zip(self, input.extents.dropFirst()).allSatisfy { $0.alwaysCoversElements(ofLength: $1) }
  }
}
