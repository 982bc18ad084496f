extension Workspace {
  /// Elements that one part of an elementwise loop takes: enough to outweigh handing it to a thread.
  private static let elementsPerRun = 1 << 16

  /// Runs `body` on runs of consecutive elements that together make up 0..<`count`, in parallel.
  package func forEachRun(of count: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let parts = (count + Self.elementsPerRun - 1) / Self.elementsPerRun
    workers.forEach(parts: parts) { part in
      body(part * Self.elementsPerRun..<min(count, (part + 1) * Self.elementsPerRun))
    }
  }

  /// Runs `body` on runs of rows of `columns` elements each, in parallel.
  package func forEachRun(rows: Int, columns: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let rowsPerRun = max(1, Self.elementsPerRun / max(1, columns))
    workers.forEach(parts: (rows + rowsPerRun - 1) / rowsPerRun) { part in
      body(part * rowsPerRun..<min(rows, (part + 1) * rowsPerRun))
    }
  }
}

extension Workspace {
  /// A new tensor from two of one shape, run by run: `body(n, a, b, out)`.
  func elementwise<S: Scalar>(
    _ a: Tensor<S>, _ b: Tensor<S>,
    _ body: @Sendable (Int, UnsafePointer<S>, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
  ) -> Tensor<S> {
    precondition(a.shape == b.shape, "an elementwise operator takes equal shapes, not \(a.shape) and \(b.shape)")
    var output = Tensor<S>(undefined: a.shape, workspace: self)
    let (x, y, z) = (a.region, b.region, output.mutable)
    forEachRun(of: a.count) { run in
      body(run.count, x.base + run.lowerBound, y.base + run.lowerBound, z.base + run.lowerBound)
    }
    return output
  }

  /// A new tensor from one, run by run: `body(n, x, out)`.
  func elementwise<S: Scalar>(
    _ x: Tensor<S>, _ body: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
  ) -> Tensor<S> {
    var output = Tensor<S>(undefined: x.shape, workspace: self)
    let (source, target) = (x.region, output.mutable)
    forEachRun(of: x.count) { run in
      body(run.count, source.base + run.lowerBound, target.base + run.lowerBound)
    }
    return output
  }

  /// s · x as a new tensor.
  func scaled<S: Scalar>(_ x: Tensor<S>, by s: S) -> Tensor<S> { elementwise(x) { S.scale(n: $0, s, $1, $2) } }
}
