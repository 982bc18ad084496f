// Arithmetic of two values, which are broadcast to one shape as in numpy, and of a value and a number; matrix products.

extension Variable {
  /// a + b.
  public static func + (a: Variable, b: Variable) -> Variable { a.binary(.add, b, { $0 }, { $0 }) }

  /// a − b.
  public static func - (a: Variable, b: Variable) -> Variable {
    let workspace = a.tape.workspace
    return a.binary(.subtract, b, { $0 }, { workspace.binary(.multiply, $0, -1) })
  }

  /// a · b.
  public static func * (a: Variable, b: Variable) -> Variable {
    let (x, y, workspace) = (a.value, b.value, a.tape.workspace)
    return a.binary(.multiply, b, { workspace.binary(.multiply, $0, y) }, { workspace.binary(.multiply, $0, x) })
  }

  /// a / b.
  public static func / (a: Variable, b: Variable) -> Variable {
    let (x, y, workspace) = (a.value, b.value, a.tape.workspace)
    return a.binary(
      .divide, b, { workspace.binary(.divide, $0, y) },
      { gradient in
        // −g · x / y².
        let quotient = workspace.binary(.divide, workspace.binary(.divide, x, y), y)
        return workspace.binary(.multiply, workspace.binary(.multiply, gradient, quotient), -1)
      })
  }

  /// aᵇ, for a ≥ 0 where the gradient of b is needed.
  public func power(_ exponent: Variable) -> Variable {
    let (x, p, workspace) = (value, exponent.value, tape.workspace)
    return binary(
      .power, exponent,
      { gradient in
        // g · p · xᵖ⁻¹.
        let slope = workspace.binary(.power, x, workspace.binary(.subtract, p, 1))
        return workspace.binary(.multiply, workspace.binary(.multiply, gradient, p), slope)
      },
      { gradient in
        // g · xᵖ · ln x, which is 0 where x is 0 and p positive.
        let result = workspace.binary(.power, x, p)
        let zero = workspace.binary(.equal, result, 0)
        let product = workspace.binary(.multiply, result, workspace.unary(.logarithm, x))
        let slope = workspace.select(mask: zero, result, product)
        return workspace.binary(.multiply, gradient, slope)
      })
  }

  /// The larger of a and b; equal elements share the gradient.
  public func maximum(_ other: Variable) -> Variable { extreme(.maximum, other) }

  /// The smaller of a and b; equal elements share the gradient.
  public func minimum(_ other: Variable) -> Variable { extreme(.minimum, other) }

  /// s · a for a number s.
  public static func * (a: Variable, s: S) -> Variable {
    let workspace = a.tape.workspace
    return a.tape.record([a], output: workspace.binary(.multiply, a.value, s)) { gradient in
      [workspace.binary(.multiply, gradient, s)]
    }
  }

  /// a + s for a number s.
  public static func + (a: Variable, s: S) -> Variable {
    a.tape.record([a], output: a.tape.workspace.binary(.add, a.value, s)) { [$0] }
  }

  /// −a.
  public static prefix func - (a: Variable) -> Variable { a * -1 }

  /// An operation of this and another value, with the gradient of each as a function of the result's, before summation
  /// over broadcast axes.
  private func binary(
    _ operation: BinaryOperation, _ other: Variable, _ gradient: @escaping (Tensor<S>) -> Tensor<S>,
    _ otherGradient: @escaping (Tensor<S>) -> Tensor<S>
  ) -> Variable {
    let (workspace, shapes) = (tape.workspace, (shape, other.shape))
    let needs = (hasGradient, other.hasGradient)
    return tape.record([self, other], output: workspace.binary(operation, value, other.value)) { upstream in
      [
        needs.0 ? workspace.sum(gradient(upstream), to: shapes.0) : nil,
        needs.1 ? workspace.sum(otherGradient(upstream), to: shapes.1) : nil,
      ]
    }
  }

  private func extreme(_ operation: BinaryOperation, _ other: Variable) -> Variable {
    let (x, y, workspace) = (value, other.value, tape.workspace)
    /// The gradient where `a` is selected, half of it where both are equal.
    func share(_ gradient: Tensor<S>, _ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
      let chosen = operation == .maximum ? workspace.binary(.greater, a, b) : workspace.binary(.greater, b, a)
      let half = workspace.binary(.multiply, workspace.binary(.equal, a, b), 0.5)
      return workspace.binary(.multiply, gradient, workspace.binary(.add, chosen, half))
    }
    return binary(operation, other, { share($0, x, y) }, { share($0, y, x) })
  }
}

extension Variable {
  /// The matrix product a · b of the two innermost axes; the outer axes are broadcast.
  ///
  /// - Shapes: [.., M, K] · [.., K, N] → [.., M, N]; where b is [K, N], all outer axes of a are rows.
  public func matrixProduct(_ b: Variable) -> Variable {
    precondition(
      shape.rank >= 2 && b.shape.rank >= 2 && shape.last == b.shape[-2],
      "shapes \(shape) and \(b.shape) do not make a matrix product")
    if b.shape.rank == 2 && shape.rank > 2 {
      let rows = reshaped([shape.rows, shape.last]).matrixProduct(b)
      return rows.reshaped(shape.replacingLast(b.shape[1]))
    }
    let (x, y, workspace, backend) = (value, b.value, tape.workspace, tape.workspace.backend)
    let needs = (hasGradient, b.hasGradient)
    let output = backend.matrixProduct(x, transposed: false, y, transposed: false, in: workspace.resources)
    return tape.record([self, b], output: output) { gradient in
      [
        needs.0
          ? workspace.sum(
            backend.matrixProduct(gradient, transposed: false, y, transposed: true, in: workspace.resources),
            to: x.shape) : nil,
        needs.1
          ? workspace.sum(
            backend.matrixProduct(x, transposed: true, gradient, transposed: false, in: workspace.resources),
            to: y.shape) : nil,
      ]
    }
  }
}
