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
