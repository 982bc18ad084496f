// Sums, differences and products of two values of one shape, or of a value and a row that every row of it meets.

extension Variable {
  /// a + b, elementwise. `b` has the shape of `a`, or is a row: one axis, as long as the innermost of `a`.
  public static func + (a: Variable, b: Variable) -> Variable {
    let (tape, workspace) = (a.tape, a.tape.workspace)
    if b.shape != a.shape { return a.addingRow(b) }
    let output = workspace.elementwise(a.value, b.value) { S.add(n: $0, $1, $2, $3) }
    return tape.record([a, b], output: output) { gradient in [gradient, gradient] }
  }

  /// a − b, elementwise.
  ///
  /// - Precondition: equal shapes.
  public static func - (a: Variable, b: Variable) -> Variable {
    let (tape, workspace) = (a.tape, a.tape.workspace)
    let output = workspace.elementwise(a.value, b.value) { S.subtract(n: $0, $1, $2, $3) }
    return tape.record([a, b], output: output) { gradient in [gradient, workspace.scaled(gradient, by: -1)] }
  }

  /// a · b, elementwise.
  ///
  /// - Precondition: equal shapes.
  public static func * (a: Variable, b: Variable) -> Variable {
    let (tape, workspace) = (a.tape, a.tape.workspace)
    let (x, y) = (a.value, b.value)
    let output = workspace.elementwise(x, y) { S.multiply(n: $0, $1, $2, $3) }
    return tape.record([a, b], output: output) { gradient in
      [
        workspace.elementwise(gradient, y) { S.multiply(n: $0, $1, $2, $3) },
        workspace.elementwise(gradient, x) { S.multiply(n: $0, $1, $2, $3) },
      ]
    }
  }

  /// s · a for a number s.
  public static func * (a: Variable, s: S) -> Variable {
    let (tape, workspace) = (a.tape, a.tape.workspace)
    return tape.record([a], output: workspace.scaled(a.value, by: s)) { gradient in [workspace.scaled(gradient, by: s)]
    }
  }

  /// a + b, where a row of b [B, 1, C] meets every time step of its signal in a [B, T, C].
  ///
  /// - Precondition: such shapes.
  public func addingToEveryStep(_ b: Variable) -> Variable {
    let (batch, time, channels) = (shape[0], shape[1], shape.last)
    precondition(
      shape.rank == 3 && b.shape == [batch, 1, channels],
      "a value of shape \(b.shape) cannot be added to every step of one of shape \(shape)")
    var output = value
    let (target, source) = (output.mutable, b.value.region)
    tape.workspace.workers.forEach(parts: batch) { signal in
      S.addRow(
        rows: time, columns: channels, source.base + signal * channels, target.base + signal * time * channels)
    }
    let rows = b.shape
    return tape.record([self, b], output: output) { gradient in
      var sums = Tensor<S>(rows)
      let (from, to) = (gradient.region, sums.mutable)
      for signal in 0..<batch {
        S.sumRows(rows: time, columns: channels, from.base + signal * time * channels, to.base + signal * channels)
      }
      return [gradient, sums]
    }
  }

  private func addingRow(_ row: Variable) -> Variable {
    precondition(
      row.shape == [shape.last], "a value of shape \(shape) cannot be added to one of shape \(row.shape)")
    var output = value
    let (target, source) = (output.mutable, row.value.region)
    let columns = shape.last
    tape.workspace.forEachRun(rows: shape.rows, columns: columns) { rows in
      S.addRow(rows: rows.count, columns: columns, source.base, target.base + rows.lowerBound * columns)
    }
    return tape.record([self, row], output: output) { gradient in
      var sums = Tensor<S>([columns])
      S.sumRows(rows: gradient.shape.rows, columns: columns, gradient.region.base, sums.mutable.base)
      return [gradient, sums]
    }
  }
}
