extension ProcessorBackend {
  /// Elements in one part of a reduction.
  private static let elementsPerPart = 1 << 16

  func reduce<S>(_ reduction: Reduction, _ x: Tensor<S>, axes: [Int], in resources: Resources) -> Tensor<S> {
    precondition(axes.allSatisfy { x.shape[$0] > 0 }, "nothing to reduce along axes \(axes) of shape \(x.shape)")
    let result = x.shape.collapsing(axes: axes)
    let reduced = axes.reduce(1) { $0 * x.shape[$1] }
    if reduced == 1 || x.count == 0 { return x.reshaped(result) }
    // Consecutive axes are contiguous in memory: [outer, reduced, inner].
    let significant = axes.filter { x.shape[$0] != 1 }
    let (first, last) = (significant[0], significant[significant.count - 1])
    let isRun = (first...last).allSatisfy { significant.contains($0) || x.shape[$0] == 1 }
    let inner = isRun ? x.shape.extents[(last + 1)...].reduce(1, *) : 1
    if isRun && inner == 1 { return rows(reduction, x, columns: reduced, in: resources).reshaped(result) }
    if isRun && reduction == .sum {
      return columns(x, reduced: reduced, inner: inner, in: resources).reshaped(result)
    }
    let kept = x.shape.extents.indices.filter { !axes.contains($0) }
    let sorted = read(x, through: StridedLayout(x.shape).permuted(kept + axes), in: resources)
    return rows(reduction, sorted, columns: reduced, in: resources).reshaped(result)
  }

  /// Reduces every row of `columns` elements to one number.
  private func rows<S>(
    _ reduction: Reduction, _ x: Tensor<S>, columns: Int, in resources: Resources
  ) -> Tensor<S> {
    let rows = x.count / columns
    let (source, primitives) = (x.region, S.primitives)
    // Long rows are reduced in parts of a fixed length, and then across the parts.
    if columns > 2 * Self.elementsPerPart {
      let parts = (columns + Self.elementsPerPart - 1) / Self.elementsPerPart
      var partial = Tensor<S>(undefined: [rows, parts], memory: resources.memory)
      let target = partial.mutable
      resources.workers.forEach(parts: rows * parts) { index in
        let (row, part) = index.quotientAndRemainder(dividingBy: parts)
        let first = part * Self.elementsPerPart
        primitives.reduceRows(
          reduction, rows: 1, columns: min(Self.elementsPerPart, columns - first),
          source.base + row * columns + first, target.base + index)
      }
      return self.rows(reduction, partial, columns: parts, in: resources)
    }
    var result = Tensor<S>(undefined: [rows], memory: resources.memory)
    let target = result.mutable
    resources.workers.forEachRun(rows: rows, columns: columns) { run in
      primitives.reduceRows(
        reduction, rows: run.count, columns: columns, source.base + run.lowerBound * columns,
        target.base + run.lowerBound)
    }
    return result
  }

  /// [outer, reduced, inner] → [outer, inner], the sum over the middle axis.
  private func columns<S>(_ x: Tensor<S>, reduced: Int, inner: Int, in resources: Resources) -> Tensor<S> {
    let outer = x.count / (reduced * inner)
    let rowsPerPart = max(64, Self.elementsPerPart / inner)
    let parts = (reduced + rowsPerPart - 1) / rowsPerPart
    var partial = Tensor<S>([outer, parts, inner], memory: resources.memory)
    let (source, target, primitives) = (x.region, partial.mutable, S.primitives)
    resources.workers.forEach(parts: outer * parts) { index in
      let (signal, part) = index.quotientAndRemainder(dividingBy: parts)
      let first = part * rowsPerPart
      primitives.sumRows(
        rows: min(rowsPerPart, reduced - first), columns: inner,
        source.base + (signal * reduced + first) * inner, target.base + index * inner)
    }
    return parts == 1 ? partial : columns(partial, reduced: parts, inner: inner, in: resources)
  }
}
