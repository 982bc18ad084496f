extension Variable {
  /// Some outputs of a depthwise transposed convolution over time: every channel is upsampled by a kernel of its own.
  ///
  /// y[b, t, c] = Σ_k kernel[c, 0, i] · x[b, k, c] over all k for which i = outputs[t] + padding − k · factor is a place
  /// of the kernel; inputs that are not there count as 0.
  ///
  /// With outputs 0..<(n − 1) · factor − 2 · padding + K, of n inputs and K places of the kernel, this is PyTorch's
  /// `ConvTranspose1d` of stride `factor` and as many groups as channels. The bits of an output do not depend on which
  /// others are asked for.
  ///
  /// - Parameters:
  ///   - kernel: [C, 1, K].
  ///   - padding: the place of the kernel that the first input has at output 0; not negative.
  ///   - outputs: which are asked for, not negative.
  /// - Shapes: [B, n, C] → [B, outputs, C].
  public func upsampled(by factor: Int, kernel: Variable, padding: Int, outputs: Range<Int>) -> Variable {
    precondition(
      shape.rank == 3 && kernel.shape.rank == 3 && kernel.shape[0] == shape.last && kernel.shape[1] == 1,
      "a signal of shape \(shape) is not upsampled by a kernel of shape \(kernel.shape)")
    precondition(
      factor > 0 && padding >= 0 && outputs.lowerBound >= 0,
      "no upsampling is by \(factor) with padding \(padding) to outputs \(outputs)")
    let (workspace, input) = (tape.workspace, value)
    let plan = UpsamplingPlan(
      kernel.value, factor: factor, padding: padding, inputs: shape[1], outputs: outputs, workspace: workspace)
    let (needsInput, needsKernel) = (hasGradient, kernel.hasGradient)
    return tape.record([self, kernel], output: plan.forward(input, workspace)) { gradient in
      [
        needsInput ? plan.inputGradient(gradient, workspace) : nil,
        needsKernel ? plan.kernelGradient(input, gradient, workspace) : nil,
      ]
    }
  }
}

/// An upsampling whose kernel stands with the channels of a place side by side, [K][C], as those of a time step do.
private struct UpsamplingPlan<S: Scalar>: Sendable {
  let factor: Int
  let padding: Int
  let inputs: Int
  let outputs: Range<Int>
  let channels: Int
  let places: Int
  private let kernel: Tensor<S>

  init(
    _ kernel: Tensor<S>, factor: Int, padding: Int, inputs: Int, outputs: Range<Int>, workspace: Workspace
  ) {
    (self.factor, self.padding, self.inputs, self.outputs) = (factor, padding, inputs, outputs)
    (channels, places) = (kernel.shape[0], kernel.shape[2])
    self.kernel = Self.transposed(kernel, rows: channels, columns: places, workspace)
  }

  private static func transposed(_ x: Tensor<S>, rows: Int, columns: Int, _ workspace: Workspace) -> Tensor<S> {
    var result = Tensor<S>(undefined: [columns, rows], workspace: workspace)
    let (source, target) = (x.region, result.mutable)
    for row in 0..<rows {
      S.primitives.copy(n: columns, source.base + row * columns, stride: 1, target.base + row, stride: rows)
    }
    return result
  }

  /// The inputs that reach an output.
  private func inputs(ofOutput output: Int) -> Range<Int> {
    let last = output + padding
    // The oldest has the kernel's last place.
    let first = max(0, last - places + factor) / factor
    let end = min(inputs, last / factor + 1)
    return min(first, end)..<end
  }

  /// The places of the kernel at which an input reaches outputs.
  private func places(ofInput input: Int) -> Range<Int> {
    let shift = input * factor - padding
    let first = max(0, outputs.lowerBound - shift)
    return first..<max(first, min(places, outputs.upperBound - shift))
  }

  func forward(_ x: Tensor<S>, _ workspace: Workspace) -> Tensor<S> {
    var result = Tensor<S>([x.shape[0], outputs.count, channels], workspace: workspace)
    let (source, weights, target) = (x.region, kernel.region, result.mutable)
    let blocks = TimeBlocks(batch: x.shape[0], time: outputs.count)
    workspace.workers.forEach(parts: blocks.count) { part in
      let block = blocks[part]
      for step in block.time {
        let output = outputs.lowerBound + step
        let y = target.base + (block.batch * outputs.count + step) * channels
        for input in inputs(ofOutput: output) {
          S.primitives.addProduct(
            n: channels, weights.base + (output + padding - input * factor) * channels,
            source.base + (block.batch * inputs + input) * channels, y)
        }
      }
    }
    return result
  }

  func inputGradient(_ gradient: Tensor<S>, _ workspace: Workspace) -> Tensor<S> {
    var result = Tensor<S>([gradient.shape[0], inputs, channels], workspace: workspace)
    let (source, weights, target) = (gradient.region, kernel.region, result.mutable)
    workspace.forEachRun(rows: gradient.shape[0] * inputs, columns: channels * places) { rows in
      for row in rows {
        let (signal, input) = row.quotientAndRemainder(dividingBy: inputs)
        for place in places(ofInput: input) {
          let step = input * factor - padding + place - outputs.lowerBound
          S.primitives.addProduct(
            n: channels, weights.base + place * channels,
            source.base + (signal * outputs.count + step) * channels, target.base + row * channels)
        }
      }
    }
    return result
  }

  func kernelGradient(_ x: Tensor<S>, _ gradient: Tensor<S>, _ workspace: Workspace) -> Tensor<S> {
    var result = Tensor<S>([places, channels], workspace: workspace)
    let (source, upstream, target) = (x.region, gradient.region, result.mutable)
    workspace.workers.forEach(parts: places) { place in
      for row in 0..<x.shape[0] * inputs {
        let (signal, input) = row.quotientAndRemainder(dividingBy: inputs)
        let step = input * factor - padding + place - outputs.lowerBound
        if !(0..<outputs.count).contains(step) { continue }
        S.primitives.addProduct(
          n: channels, source.base + row * channels, upstream.base + (signal * outputs.count + step) * channels,
          target.base + place * channels)
      }
    }
    return Self.transposed(result, rows: places, columns: channels, workspace).reshaped([channels, 1, places])
  }
}
