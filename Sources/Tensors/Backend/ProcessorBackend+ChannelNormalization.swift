extension ProcessorBackend {
  /// Elements in one part of a sum.
  private static let elementsPerPart = 1 << 16

  /// The moments of parts that fit the second-level cache, so that the deviations from their means are computed where the
  /// numbers still are; then of all.
  ///
  /// - Source: Chan et al. 1979, "Updating formulae and a pairwise algorithm for computing sample variances", eq. 2.1.
  func channelMoments<S>(_ x: Tensor<S>, in resources: Resources) -> (mean: Tensor<S>, variance: Tensor<S>) {
    let (rows, channels, primitives) = (x.count / max(1, x.shape.last), x.shape.last, S.primitives)
    let (perPart, parts) = Self.parts(rows: rows, channels: channels)
    var (sums, means, squares) = (
      Tensor<S>([parts, channels]), Tensor<S>([parts, channels]), Tensor<S>([parts, channels])
    )
    let (source, sum, center, square) = (x.region, sums.mutable, means.mutable, squares.mutable)
    resources.workers.forEach(parts: parts) { part in
      let (first, place) = (part * perPart, part * channels)
      let (count, numbers) = (min(perPart, rows - first), source.base + first * channels)
      primitives.sumRows(rows: count, columns: channels, numbers, sum.base + place)
      primitives.scale(n: channels, 1 / S(count), UnsafePointer(sum.base + place), center.base + place)
      primitives.squareDeviations(
        rows: count, columns: channels, numbers, mean: UnsafePointer(center.base + place), square.base + place)
    }
    var (mean, variance, between) = (Tensor<S>([channels]), Tensor<S>([channels]), Tensor<S>([channels]))
    let (average, total, spread) = (mean.mutable, variance.mutable, between.mutable)
    primitives.sumRows(rows: parts, columns: channels, UnsafePointer(sum.base), average.base)
    primitives.scale(n: channels, 1 / S(rows), UnsafePointer(average.base), average.base)
    primitives.sumRows(rows: parts, columns: channels, UnsafePointer(square.base), total.base)
    // How far the means of the parts are from that of all; the last part may be shorter.
    for (range, count) in [(0..<parts - 1, perPart), (parts - 1..<parts, rows - (parts - 1) * perPart)] {
      spread.base.update(repeating: 0, count: channels)
      primitives.squareDeviations(
        rows: range.count, columns: channels, UnsafePointer(center.base + range.lowerBound * channels),
        mean: UnsafePointer(average.base), spread.base)
      primitives.addScaled(n: channels, S(count), UnsafePointer(spread.base), total.base)
    }
    primitives.scale(n: channels, 1 / S(rows), UnsafePointer(total.base), total.base)
    withExtendedLifetime((sums, means, squares, between)) {}
    return (mean, variance)
  }

  /// The rows of a part, and the number of parts.
  private static func parts(rows: Int, channels: Int) -> (perPart: Int, count: Int) {
    let perPart = max(64, elementsPerPart / max(1, channels))
    return (perPart, (rows + perPart - 1) / perPart)
  }

  func channelTransform<S>(
    _ x: Tensor<S>, scale: Tensor<S>, shift: Tensor<S>, limits: ClosedRange<S>?, in resources: Resources
  ) -> Tensor<S> {
    var result = Tensor<S>(undefined: x.shape, memory: resources.memory)
    let (channels, primitives) = (x.shape.last, S.primitives)
    let (source, factor, offset, target) = (x.region, scale.region, shift.region, result.mutable)
    resources.workers.forEachRun(rows: x.count / max(1, channels), columns: channels) { rows in
      let first = rows.lowerBound * channels
      primitives.transformRows(
        rows: rows.count, columns: channels, source.base + first, scale: factor.base, shift: offset.base,
        limits: limits, target.base + first)
    }
    return result
  }

  func channelProducts<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, _ b: Tensor<S>, mean: Tensor<S>, in resources: Resources
  ) -> (sums: Tensor<S>, products: Tensor<S>) {
    let (channels, primitives) = (a.shape.last, S.primitives)
    let (left, right, center, passing) = (a.region, b.region, mean.region, passage?.region)
    let both = sums(of: a, columns: 2 * channels, in: resources) { rows, first, target in
      primitives.sumProducts(
        rows: rows, columns: channels, left.base + first * channels, passage: passing?.primitive,
        right.base + first * channels, mean: center.base, sums: target, products: target + channels)
    }
    return (both.part(0..<channels, shape: [channels]), both.part(channels..<2 * channels, shape: [channels]))
  }

  func channelCombination<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, scale: Tensor<S>, _ b: Tensor<S>, mean: Tensor<S>,
    scale slope: Tensor<S>, shift: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    var result = Tensor<S>(undefined: a.shape, memory: resources.memory)
    let (channels, primitives) = (a.shape.last, S.primitives)
    let (left, right, passing, target) = (a.region, b.region, passage?.region, result.mutable)
    let (factor, center, otherFactor, offset) = (scale.region, mean.region, slope.region, shift.region)
    resources.workers.forEachRun(rows: a.count / max(1, channels), columns: channels) { rows in
      let first = rows.lowerBound * channels
      primitives.combineRows(
        rows: rows.count, columns: channels, left.base + first, passage: passing?.primitive, scale: factor.base,
        right.base + first, mean: center.base, scale: otherFactor.base, shift: offset.base, target.base + first)
    }
    return result
  }

  /// Sums over the positions of `x`, in parts of a fixed size that are added in order.
  ///
  /// - Parameter add: adds the sums over `rows` positions from `first` on to `columns` numbers.
  private func sums<S>(
    of x: Tensor<S>, columns: Int, in resources: Resources,
    _ add: @Sendable (_ rows: Int, _ first: Int, _ target: UnsafeMutablePointer<S>) -> Void
  ) -> Tensor<S> {
    let (rows, channels) = (x.count / max(1, x.shape.last), x.shape.last)
    let (rowsPerPart, parts) = Self.parts(rows: rows, channels: channels)
    var partial = PartialSums<S>([columns], count: parts, memory: resources.memory)
    let target = partial.region
    resources.workers.forEach(parts: parts) { part in
      let first = part * rowsPerPart
      add(min(rowsPerPart, rows - first), first, target.base + part * columns)
    }
    return partial.total()
  }
}

extension GradientPassage {
  /// The memory of a passage, which parts of a loop share.
  struct Memory: Sendable {
    let scale, shift: Region<S>
    let limits: ClosedRange<S>

    var primitive: Primitives<S>.Passage {
      Primitives<S>.Passage(scale: scale.base, shift: shift.base, limits: limits)
    }
  }

  var region: Memory { Memory(scale: scale.region, shift: shift.region, limits: limits) }
}
