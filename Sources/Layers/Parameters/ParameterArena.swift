import KodamaTensors

/// Numbers of parameters, such as their gradients, in memory that stays where it is: some can be sent to other processes while
/// others are still computed.
public final class ParameterArena {
  private var values: Parameters<Float>
  /// All elements, with those between parameters, which are 0.
  public let elements: UnsafeMutableBufferPointer<Float>

  /// Numbers for parameters like these, all 0.
  public init(like parameters: Parameters<Float>) {
    values = parameters.zeros
    // Never shared from here on, so that it is never copied and stays where it is.
    elements = values.arena.withUnsafeMutableBuffer(of: 0..<values.arena.count) { $0 }
  }

  /// Makes all of them 0.
  func clear() { elements.update(repeating: 0) }

  /// Clears the arena, and fills it with the gradients of a loss times a factor. Ends the pass.
  ///
  /// - Parameter isFinal: called with the elements of each parameter as soon as they are final.
  /// - Throws: what `isFinal` throws; the gradients are incomplete then.
  package func fill(
    _ pass: Pass<Float>, of loss: Variable<Float>, factor: Float, isFinal: (Range<Int>) throws -> Void = { _ in }
  ) throws {
    clear()
    try pass.forEachGradient(of: loss) { name, gradient in
      let range = values.layout[name].range
      var scaled = gradient
      scaled.scale(by: factor)
      scaled.withUnsafeBuffer { source in
        (elements.baseAddress! + range.lowerBound).update(from: source.baseAddress!, count: source.count)
      }
      try isFinal(range)
    }
  }

  /// Copies the numbers of parameters.
  ///
  /// - Precondition: they are those of the arena.
  package func copy(_ parameters: Parameters<Float>) {
    precondition(parameters.layout.hasSameLayout(as: values.layout), "parameters of other names or shapes are copied")
    parameters.arena.withUnsafeBuffer { source in
      if let first = source.baseAddress { elements.baseAddress?.update(from: first, count: elements.count) }
    }
  }

  /// Adds other gradients of the same parameters.
  package func add(_ other: ParameterArena) { NumberRuns.add(.init(other.elements), to: elements) }

  /// A copy as parameters.
  package var parameters: Parameters<Float> { parameters(like: values) }

  /// A copy as parameters with the roles of others.
  package func parameters(like others: Parameters<Float>) -> Parameters<Float> {
    var result = others.zeros
    result.arena.withUnsafeMutableBuffer(of: 0..<elements.count) {
      $0.baseAddress?.update(from: elements.baseAddress!, count: $0.count)
    }
    return result
  }

  /// The elements of each parameter, in order of declaration.
  public var ranges: [Range<Int>] { values.layout.entries.map(\.range) }
}
