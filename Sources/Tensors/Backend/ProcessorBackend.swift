import CKernels

/// The backend of the processor: the primitives of the elements' type, in parts distributed over threads.
struct ProcessorBackend: Backend {
  /// How causal convolutions and gated residual blocks are multiplied.
  var products = ProductPrecision.full

  func unary<S>(_ function: UnaryFunction<S>, _ x: Tensor<S>, in resources: Resources) -> Tensor<S> {
    var result = Tensor<S>(undefined: x.shape, memory: resources.memory)
    let (source, target, primitives) = (x.region, result.mutable, S.primitives)
    resources.workers.forEachRun(of: x.count) { run in
      primitives.unary(function, n: run.count, source.base + run.lowerBound, target.base + run.lowerBound)
    }
    return result
  }

  func unaryGradient<S>(
    _ function: UnaryFunction<S>, x: Tensor<S>, y: Tensor<S>, dy: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    var result = Tensor<S>(undefined: x.shape, memory: resources.memory)
    let (x, y, dy, dx, primitives) = (x.region, y.region, dy.region, result.mutable, S.primitives)
    resources.workers.forEachRun(of: x.count) { run in
      let first = run.lowerBound
      primitives.unaryGradient(
        function, n: run.count, x.base + first, y.base + first, dy.base + first, dx.base + first)
    }
    return result
  }

  func binary<S>(_ operation: BinaryOperation, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S> {
    guard let shape = a.shape.broadcast(with: b.shape) else {
      preconditionFailure("shapes \(a.shape) and \(b.shape) cannot be broadcast to one")
    }
    var result = Tensor<S>(undefined: shape, memory: resources.memory)
    let nest = LoopNest([
      StridedLayout(shape), StridedLayout(a.shape).broadcast(to: shape), StridedLayout(b.shape).broadcast(to: shape),
    ])
    let (x, y, z, primitives) = (a.region, b.region, result.mutable, S.primitives)
    let outer = nest.extents.count - 1
    let (columns, xStep, yStep) = (nest.extents[outer], nest.strides[1][outer], nest.strides[2][outer])
    if outer == 0 {
      resources.workers.forEachRun(of: shape.count) { run in
        let first = run.lowerBound
        primitives.binary(
          operation, n: run.count, x.base + first * xStep, step: xStep, y.base + first * yStep, step: yStep,
          z.base + first)
      }
      return result
    }
    resources.workers.forEachRun(rows: nest.count(axes: outer), columns: columns) { rows in
      for row in rows {
        primitives.binary(
          operation, n: columns, x.base + nest.offset(ofElement: row, axes: outer, layout: 1), step: xStep,
          y.base + nest.offset(ofElement: row, axes: outer, layout: 2), step: yStep, z.base + row * columns)
      }
    }
    return result
  }

  func select<S>(mask: Tensor<S>, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S> {
    precondition(
      mask.shape == a.shape && a.shape == b.shape, "a mask of shape \(mask.shape) for \(a.shape) and \(b.shape)")
    var result = Tensor<S>(undefined: a.shape, memory: resources.memory)
    let (mask, a, b, target, primitives) = (mask.region, a.region, b.region, result.mutable, S.primitives)
    resources.workers.forEachRun(of: target.count) { run in
      let first = run.lowerBound
      primitives.select(n: run.count, mask: mask.base + first, a.base + first, b.base + first, target.base + first)
    }
    return result
  }
}

// MARK: Copies

extension ProcessorBackend {
  func read<S>(_ x: Tensor<S>, through layout: StridedLayout, in resources: Resources) -> Tensor<S> {
    var result = Tensor<S>(undefined: layout.shape, memory: resources.memory)
    copy(x.region, layout, result.mutable, StridedLayout(layout.shape), in: resources)
    return result
  }

  func write<S>(_ x: Tensor<S>, to target: inout Tensor<S>, through layout: StridedLayout, in resources: Resources) {
    precondition(x.shape == layout.shape, "elements of shape \(x.shape) for a place of shape \(layout.shape)")
    copy(x.region, StridedLayout(x.shape), target.mutable, layout, in: resources)
  }

  private func copy<S>(
    _ source: Region<S>, _ from: StridedLayout, _ target: MutableRegion<S>, _ to: StridedLayout, in resources: Resources
  ) {
    if from.shape.count == 0 { return }
    let nest = LoopNest([to, from])
    let rank = nest.extents.count
    // The two innermost axes are processed in one call; a single axis is one row.
    let outer = max(0, rank - 2)
    let (rows, columns) = (rank < 2 ? 1 : nest.extents[rank - 2], nest.extents[rank - 1])
    func step(_ layout: Int) -> (row: Int, column: Int) {
      (rank < 2 ? 0 : nest.strides[layout][rank - 2], nest.strides[layout][rank - 1])
    }
    let (y, x, width) = (step(0), step(1), MemoryLayout<S>.stride)
    resources.workers.forEachRun(rows: nest.count(axes: outer), columns: rows * columns) { parts in
      for part in parts {
        let a: UnsafePointer<S> = source.base + (from.offset + nest.offset(ofElement: part, axes: outer, layout: 1))
        let b = target.base + (to.offset + nest.offset(ofElement: part, axes: outer, layout: 0))
        kodama_copy_matrix(width, rows, columns, a, x.row, x.column, b, y.row, y.column)
      }
    }
  }

  func rows<S>(_ indices: [Int32], of table: Tensor<S>, in resources: Resources) -> Tensor<S> {
    let channels = table.shape[1]
    var result = Tensor<S>(undefined: [indices.count, channels], memory: resources.memory)
    let (source, target) = (table.region, result.mutable)
    for (row, index) in indices.enumerated() {
      (target.base + row * channels).update(from: source.base + Int(index) * channels, count: channels)
    }
    return result
  }

  func sums<S>(ofRows x: Tensor<S>, by indices: [Int32], classes: Int, in resources: Resources) -> Tensor<S> {
    let channels = x.shape.last
    var result = Tensor<S>([classes, channels], memory: resources.memory)
    let (source, target, primitives) = (x.region, result.mutable, S.primitives)
    for (row, index) in indices.enumerated() {
      let line = target.base + Int(index) * channels
      primitives.add(n: channels, line, source.base + row * channels, line)
    }
    return result
  }
}
