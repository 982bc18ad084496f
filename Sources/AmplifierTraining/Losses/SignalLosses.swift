import KodamaTensors

// Losses of signals against targets, and the filter before them. Signals are [B, T], or [B, T, 1].

extension Variable {
  /// The signals through a filter that emphasizes high frequencies: y[t] = x[t] − c · x[t − 1], t ≥ 1, one sample fewer.
  ///
  /// - Shapes: [B, T] → [B, T − 1]; [B, T, 1] → [B, T − 1, 1].
  /// - Precondition: T > 1.
  /// - Source: Wright and Välimäki 2020, "Perceptual loss function for neural modeling of audio systems", §3, with
  ///   c = 0.85 for audio effects.
  public func preEmphasized(_ coefficient: S = 0.85) -> Variable {
    let length = SignalShape(shape).length
    precondition(length > 1, "pre-emphasis needs 2 samples, and there is \(length)")
    return sliced(axis: 1, 1..<length) - sliced(axis: 1, 0..<length - 1) * coefficient
  }

  /// The error-to-signal ratio: the mean over the batch of Σ (x − y)² / Σ y², y the target. It is 0 for a copy and 1 for
  /// silence.
  ///
  /// - Shapes: [B, T] or [B, T, 1], a target of the same shape → [].
  /// - Parameter floor: what the mean square of a target counts as at least, so that silence has a finite ratio.
  /// - Source: Wright et al. 2020, "Real-time guitar amplifier emulation with deep learning", eq. 10. Neural Amp Modeler's
  ///   trainer has the same mean over the batch, and no floor.
  public func errorToSignalRatio(_ target: Tensor<S>, floor: S = 1e-12) -> Variable {
    precondition(shape == target.shape, "a loss of shape \(shape) against a target of shape \(target.shape)")
    precondition(floor > 0, "a floor of \(floor) leaves the ratio of silence undefined")
    let signals = SignalShape(shape)
    let flat = Shape([signals.count, signals.length])
    let target = tape.constant(target).reshaped(flat)
    let energy = target.squared().mean(axes: [1]).value.elements
    let shares = energy.map { 1 / (max($0, floor) * S(signals.length * signals.count)) }
    let weights = tape.constant(Tensor([signals.count, 1], shares))
    return ((reshaped(flat) - target).squared() * weights).sum()
  }
}

extension Tensor {
  /// The signals through the filter of `Variable.preEmphasized`.
  ///
  /// - Shapes: [B, T] → [B, T − 1]; [B, T, 1] → [B, T − 1, 1].
  public func preEmphasized(_ coefficient: S = 0.85, workspace: Workspace = Workspace()) -> Tensor {
    Tape<S>(workspace: workspace, recording: false).constant(self).preEmphasized(coefficient).value
  }
}

/// The extents of signals [B, T] or [B, T, 1].
struct SignalShape {
  /// The number of signals, B.
  let count: Int
  /// Their samples, T.
  let length: Int

  init(_ shape: Shape) {
    precondition(
      (shape.rank == 2 || (shape.rank == 3 && shape.last == 1)) && shape.count > 0,
      "signals of one channel are [B, T] or [B, T, 1], not \(shape)")
    (count, length) = (shape[0], shape[1])
  }
}
