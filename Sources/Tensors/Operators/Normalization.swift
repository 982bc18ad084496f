extension Variable {
  /// The statistics of elements that are normalized together, with an extent of 1 along the reduced axes.
  public struct Moments: Sendable {
    /// The means.
    public let mean: Tensor<S>
    /// The variances, biased: the means of the squared differences.
    public let variance: Tensor<S>
    /// The number of elements of each.
    public let count: Int
  }

  /// (x − mean) / √(variance + ε), over some axes.
  ///
  /// - Source: Ioffe and Szegedy 2015, algorithm 1; its gradient as there, in the form
  ///   dx = (dy − mean(dy) − y · mean(dy · y)) / √(variance + ε).
  public func standardized(axes: [Int], epsilon: S) -> (output: Variable, moments: Moments) {
    let (workspace, count, mean) = meanOver(axes)
    let center = mean(value)
    let centered = workspace.binary(.subtract, value, center)
    let variance = mean(workspace.unary(.square, centered))
    let scale = inverseDeviation(variance, epsilon)
    let output = workspace.binary(.multiply, centered, scale)
    let result = tape.record([self], output: output) { gradient in
      let (slope, product) = (mean(gradient), mean(workspace.binary(.multiply, gradient, output)))
      let rest = workspace.binary(.subtract, gradient, slope)
      let change = workspace.binary(.subtract, rest, workspace.binary(.multiply, output, product))
      return [workspace.binary(.multiply, change, scale)]
    }
    return (result, Moments(mean: center, variance: variance, count: count))
  }

  /// x / √(mean of x² + ε), over some axes.
  ///
  /// - Source: Zhang and Sennrich 2019, eq. 4.
  public func dividedByRootMeanSquare(axes: [Int], epsilon: S) -> Variable {
    let (workspace, _, mean) = meanOver(axes)
    let scale = inverseDeviation(mean(workspace.unary(.square, value)), epsilon)
    let output = workspace.binary(.multiply, value, scale)
    return tape.record([self], output: output) { gradient in
      let product = mean(workspace.binary(.multiply, gradient, output))
      let change = workspace.binary(.subtract, gradient, workspace.binary(.multiply, output, product))
      return [workspace.binary(.multiply, change, scale)]
    }
  }

  /// The mean over some axes as a function, and the number of elements.
  private func meanOver(_ axes: [Int]) -> (workspace: Workspace, count: Int, mean: (Tensor<S>) -> Tensor<S>) {
    let axes = shape.normalized(axes: axes)
    let (workspace, count) = (tape.workspace, axes.reduce(1) { $0 * shape[$1] })
    return (workspace, count, { workspace.binary(.multiply, workspace.reduce(.sum, $0, axes: axes), 1 / S(count)) })
  }

  /// 1 / √(variance + ε).
  private func inverseDeviation(_ variance: Tensor<S>, _ epsilon: S) -> Tensor<S> {
    let workspace = tape.workspace
    return workspace.unary(.reciprocal, workspace.unary(.squareRoot, workspace.binary(.add, variance, epsilon)))
  }
}

extension Variable {
  /// g · v / ‖v‖ for each index of the first axis, the norm over all other axes.
  ///
  /// - Shapes: v [O, ..], lengths with O elements → [O, ..].
  /// - Source: Salimans and Kingma 2016, eq. 2; gradients eq. 3.
  public func weightNormalized(lengths: Variable) -> Variable {
    let (v, g) = (value, lengths.value)
    let (channels, width) = (v.shape[0], v.count / max(1, v.shape[0]))
    precondition(g.count == channels, "lengths of shape \(g.shape) for \(channels) output channels")
    let norms = v.channelNorms.elements
    var output = Tensor<S>(undefined: v.shape, workspace: tape.workspace)
    let (source, lengthOf, target) = (v.region, g.region, output.mutable)
    for o in 0..<channels {
      S.primitives.scale(n: width, lengthOf.base[o] / norms[o], source.base + o * width, target.base + o * width)
    }
    return tape.record([self, lengths], outputs: [output]) { gradients in
      guard let gradient = gradients[0] else { return [nil, nil] }
      var (dv, dg) = (Tensor<S>(v.shape), Tensor<S>(g.shape))
      let (x, d, dvs, dgs) = (v.region, gradient.region, dv.mutable, dg.mutable)
      for o in 0..<channels {
        let row = o * width
        let dot = S.primitives.dot(n: width, d.base + row, x.base + row)
        let scale = lengthOf.base[o] / norms[o]
        dgs.base[o] = dot / norms[o]
        S.primitives.addScaled(n: width, scale, d.base + row, dvs.base + row)
        S.primitives.addScaled(n: width, -scale * dot / (norms[o] * norms[o]), x.base + row, dvs.base + row)
      }
      return [dv, dg]
    }[0]
  }
}

extension Tensor {
  /// The Euclidean norm over all axes but the first, for each index of the first.
  ///
  /// - Shapes: [O, ..] → [O].
  package var channelNorms: Tensor {
    let (channels, width) = (shape[0], count / max(1, shape[0]))
    let source = region
    return Tensor(
      [channels], (0..<channels).map { S(S.primitives.sumOfSquares(n: width, source.base + $0 * width).squareRoot()) })
  }
}
