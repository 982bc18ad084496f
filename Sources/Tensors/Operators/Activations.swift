// Functions of one element, whose backward passes need the output alone.

extension Variable {
  /// tanh x.
  public func tanh() -> Variable {
    activation({ S.tanhForward(n: $0, $1, $2) }, { S.tanhBackward(n: $0, $1, $2, $3) })
  }

  /// 1 / (1 + e⁻ˣ).
  public func sigmoid() -> Variable {
    activation({ S.sigmoidForward(n: $0, $1, $2) }, { S.sigmoidBackward(n: $0, $1, $2, $3) })
  }

  /// max(0, x).
  public func relu() -> Variable {
    activation({ S.reluForward(n: $0, $1, $2) }, { S.reluBackward(n: $0, $1, $2, $3) })
  }

  /// The gated activation tanh(x_filter) · sigmoid(x_gate), where the first half of the innermost axis is the filter
  /// and the second half the gate.
  ///
  /// - Shapes: [.., 2C] → [.., C].
  /// - Source: van den Oord et al. 2016, §2.3, eq. 2.
  public func gated() -> Variable {
    precondition(shape.last % 2 == 0, "a gated activation halves the innermost axis of \(shape)")
    let (rows, channels, workspace) = (shape.rows, shape.last / 2, tape.workspace)
    var activated = value
    var output = Tensor<S>(undefined: shape.replacingLast(channels), workspace: workspace)
    let (z, h) = (activated.mutable, output.mutable)
    workspace.forEachRun(rows: rows, columns: 2 * channels) { run in
      let row = run.lowerBound * channels
      S.gateForward(rows: run.count, channels: channels, z.base + 2 * row, h.base + row)
    }
    let kept = activated
    return tape.record([self], output: output) { gradient in
      var result = Tensor<S>(undefined: kept.shape, workspace: workspace)
      let (z, dh, dz) = (kept.region, gradient.region, result.mutable)
      workspace.forEachRun(rows: rows, columns: 2 * channels) { run in
        let row = run.lowerBound * channels
        S.gateBackward(rows: run.count, channels: channels, z.base + 2 * row, dh.base + row, dz.base + 2 * row)
      }
      return [result]
    }
  }

  private func activation(
    _ forward: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void,
    _ backward: @escaping @Sendable (Int, UnsafePointer<S>, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
  ) -> Variable {
    let workspace = tape.workspace
    let output = workspace.elementwise(value, forward)
    return tape.record([self], output: output) { gradient in [workspace.elementwise(output, gradient, backward)] }
  }
}
