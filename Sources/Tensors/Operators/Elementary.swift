// Functions of one element.

extension Variable {
  /// eˣ.
  public func exponential() -> Variable { unary(.exponential) }
  /// ln x.
  public func logarithm() -> Variable { unary(.logarithm) }
  /// √x.
  public func squareRoot() -> Variable { unary(.squareRoot) }
  /// |x|; its gradient at 0 is 0.
  public func magnitude() -> Variable { unary(.magnitude) }
  /// x².
  public func squared() -> Variable { unary(.square) }
  /// xᵖ for a number p.
  public func power(_ exponent: S) -> Variable { unary(.power(exponent)) }
  /// 1 / x.
  public func reciprocal() -> Variable { unary(.reciprocal) }
  /// x limited to a range; the gradient passes inside it, bounds included.
  public func clamped(to range: ClosedRange<S>) -> Variable { unary(.clamp(range.lowerBound, range.upperBound)) }

  func unary(_ function: UnaryFunction<S>) -> Variable {
    let workspace = tape.workspace
    let output = workspace.backend.unary(function, value, in: workspace.resources)
    let input = function.isDifferentiableFromOutput ? output : value
    return tape.record([self], output: output) { gradient in
      [workspace.backend.unaryGradient(function, x: input, y: output, dy: gradient, in: workspace.resources)]
    }
  }
}
