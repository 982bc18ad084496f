/// A filter that emphasizes high frequencies: y[t] = x[t] − c · x[t − 1], with zeros before the start, for a signal in
/// blocks of any length.
///
/// With c near 1 the spectrum of speech becomes flatter, and `DeEmphasis` attenuates the high frequencies of the noise
/// that a network adds.
public struct PreEmphasis: Sendable, Equatable {
  /// The coefficient c; 0 changes nothing.
  public let coefficient: Float
  private var previous: Float

  /// - Parameter previous: the sample before the first.
  public init(_ coefficient: Double, previous: Float = 0) {
    self.coefficient = Float(coefficient)
    self.previous = previous
  }

  /// The next block of the signal.
  public mutating func apply(_ block: [Float]) -> [Float] {
    if coefficient == 0 { return block }
    return block.map { sample in
      defer { previous = sample }
      return sample - coefficient * previous
    }
  }
}

/// The inverse of `PreEmphasis`: x[t] = y[t] + c · x[t − 1], with zeros before the start.
public struct DeEmphasis: Sendable, Equatable {
  /// The coefficient c, in [0, 1); 0 changes nothing.
  public let coefficient: Float
  /// The last output sample.
  public private(set) var last: Float

  /// - Parameter last: the sample before the first.
  public init(_ coefficient: Double, last: Float = 0) {
    self.coefficient = Float(coefficient)
    self.last = last
  }

  /// The next sample of the signal.
  public mutating func apply(_ sample: Float) -> Float {
    last = sample + coefficient * last
    return last
  }
}
