// Upsampling by a kernel with contiguous channels at each tap, [K, C], like those of a time step.

extension ProcessorBackend {
  func upsampled<S>(
    _ x: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    let (g, channels, count) = (geometry, x.shape.last, geometry.outputs.count)
    let kernel = tapMajor(kernel, in: resources)
    var result = Tensor<S>([x.shape[0], count, channels], memory: resources.memory)
    let (source, weights, target) = (x.region, kernel.region, result.mutable)
    let blocks = TimeBlocks(batch: x.shape[0], time: count)
    resources.workers.forEach(parts: blocks.count) { part in
      let block = blocks[part]
      for step in block.time {
        let output = g.outputs.lowerBound + step
        let y = target.base + (block.batch * count + step) * channels
        for input in g.inputs(ofOutput: output) {
          S.primitives.addProduct(
            n: channels, weights.base + (output + g.padding - input * g.factor) * channels,
            source.base + (block.batch * g.inputs + input) * channels, y)
        }
      }
    }
    return result
  }

  func upsamplingInputGradient<S>(
    _ gradient: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    let (g, channels, count) = (geometry, gradient.shape.last, geometry.outputs.count)
    let kernel = tapMajor(kernel, in: resources)
    var result = Tensor<S>([gradient.shape[0], g.inputs, channels], memory: resources.memory)
    let (source, weights, target) = (gradient.region, kernel.region, result.mutable)
    resources.workers.forEachRun(rows: gradient.shape[0] * g.inputs, columns: channels * g.taps) { rows in
      for row in rows {
        let (signal, input) = row.quotientAndRemainder(dividingBy: g.inputs)
        for tap in g.taps(ofInput: input) {
          let step = input * g.factor - g.padding + tap - g.outputs.lowerBound
          S.primitives.addProduct(
            n: channels, weights.base + tap * channels, source.base + (signal * count + step) * channels,
            target.base + row * channels)
        }
      }
    }
    return result
  }

  func upsamplingKernelGradient<S>(
    _ gradient: Tensor<S>, input x: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    let (g, channels, count) = (geometry, gradient.shape.last, geometry.outputs.count)
    var result = Tensor<S>([g.taps, channels], memory: resources.memory)
    let (source, upstream, target) = (x.region, gradient.region, result.mutable)
    resources.workers.forEach(parts: g.taps) { tap in
      for row in 0..<x.shape[0] * g.inputs {
        let (signal, input) = row.quotientAndRemainder(dividingBy: g.inputs)
        let step = input * g.factor - g.padding + tap - g.outputs.lowerBound
        if !(0..<count).contains(step) { continue }
        S.primitives.addProduct(
          n: channels, source.base + row * channels, upstream.base + (signal * count + step) * channels,
          target.base + tap * channels)
      }
    }
    return read(result, through: StridedLayout(result.shape).permuted([1, 0]), in: resources)
      .reshaped([channels, 1, g.taps])
  }

  /// A kernel [C, 1, K] as [K, C].
  private func tapMajor<S>(_ kernel: Tensor<S>, in resources: Resources) -> Tensor<S> {
    let matrix = kernel.reshaped([kernel.shape[0], kernel.shape[2]])
    return read(matrix, through: StridedLayout(matrix.shape).permuted([1, 0]), in: resources)
  }
}
