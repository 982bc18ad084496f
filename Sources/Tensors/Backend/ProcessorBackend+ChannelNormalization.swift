import CKernels

extension ProcessorBackend {
  /// Elements in one part of a sum.
  private static let elementsPerPart = 1 << 16

  func channelMoments<S>(_ x: Tensor<S>, in resources: Resources) -> (mean: Tensor<S>, variance: Tensor<S>) {
    let (channels, share) = (x.shape.last, 1 / S(x.count / max(1, x.shape.last)))
    let (source, primitives) = (x.region, S.primitives)
    let mean = sums(of: x, columns: channels, in: resources) { rows, first, target in
      primitives.sumRows(rows: rows, columns: channels, source.base + first * channels, target)
    }.scaled(by: share)
    let center = mean.region
    let variance = sums(of: x, columns: channels, in: resources) { rows, first, target in
      primitives.squareDeviations(
        rows: rows, columns: channels, source.base + first * channels, mean: center.base, target)
    }.scaled(by: share)
    withExtendedLifetime(mean) {}
    return (mean, variance)
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
        limits: limits.map { kodama_finish($0) }, target.base + first)
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
    let rowsPerPart = max(64, Self.elementsPerPart / max(1, channels))
    let parts = (rows + rowsPerPart - 1) / rowsPerPart
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

extension kodama_finish {
  init<S: Scalar>(_ limits: ClosedRange<S>) {
    self.init(lower: Float(limits.lowerBound), upper: Float(limits.upperBound), added: nil)
  }
}

extension Tensor {
  /// The elements times a number.
  fileprivate func scaled(by factor: S) -> Tensor {
    var result = self
    let region = result.mutable
    S.primitives.scale(n: count, factor, UnsafePointer(region.base), region.base)
    return result
  }
}
