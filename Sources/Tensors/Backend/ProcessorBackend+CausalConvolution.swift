/// Causal convolutions over time: a matrix product for each tap, in blocks of time steps.
extension ProcessorBackend {
  func causalConvolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    let blocks = TimeBlocks(batch: x.shape[0], time: x.shape[1])
    if rounds(S.self, geometry) {
      return roundedConvolution(x, weight: weight, bias: bias, geometry, blocks, in: resources)
    }
    let taps = ConvolutionTaps(weight, geometry, memory: resources.memory)
    var output = Tensor<S>(undefined: x.shape.replacingLast(geometry.outputChannels), memory: resources.memory)
    let (source, target, row) = (x.region, output.mutable, bias?.region)
    resources.workers.forEach(parts: blocks.count) { part in
      taps.forward(blocks[part], time: blocks.time, source.base, bias: row?.base, target.base)
    }
    return output
  }

  func causalInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ geometry: ConvolutionGeometry, input: Shape, in resources: Resources
  ) -> Tensor<S> {
    let blocks = TimeBlocks(batch: input[0], time: input[1])
    if rounds(S.self, geometry) {
      return roundedInputGradient(gradient, weight: weight, geometry, input: input, blocks, in: resources)
    }
    let taps = ConvolutionTaps(weight, geometry, memory: resources.memory)
    var result = Tensor<S>(undefined: input, memory: resources.memory)
    let (source, target) = (gradient.region, result.mutable)
    resources.workers.forEach(parts: blocks.count) { part in
      taps.inputGradient(blocks[part], time: blocks.time, source.base, adds: false, target.base)
    }
    return result
  }

  func causalWeightGradient<S>(
    _ gradient: Tensor<S>, input x: Tensor<S>, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    let blocks = TimeBlocks(batch: x.shape[0], time: x.shape[1])
    var sums = PartialSums<S>([geometry.weightShape.count], count: blocks.partialSumCount, memory: resources.memory)
    let (source, upstream, totals, count) = (x.region, gradient.region, sums.region, sums.count)
    if rounds(S.self, geometry) {
      let rounded = RoundedTensor(x, in: resources)
      resources.workers.forEach(parts: blocks.partialSumCount) { part in
        for index in blocks.blocks(ofPartialSum: part) {
          let block = blocks[index]
          RoundedTaps<S>.addWeightGradient(
            block, geometry, time: blocks.time, rounded.base,
            upstream.base + (block.batch * blocks.time + block.time.lowerBound) * geometry.outputChannels,
            totals.base + part * count, memory: resources.memory)
        }
      }
      return ConvolutionTaps<S>.unpacked(sums.total(), geometry)
    }
    resources.workers.forEach(parts: blocks.partialSumCount) { part in
      for index in blocks.blocks(ofPartialSum: part) {
        ConvolutionTaps<S>.addWeightGradient(
          blocks[index], geometry, time: blocks.time, source.base, upstream.base, totals.base + part * count)
      }
    }
    return ConvolutionTaps<S>.unpacked(sums.total(), geometry)
  }

  func convolutionBiasGradient<S>(_ gradient: Tensor<S>, in resources: Resources) -> Tensor<S> {
    let channels = gradient.shape.last
    let blocks = TimeBlocks(batch: gradient.shape[0], time: gradient.shape.rows / max(1, gradient.shape[0]))
    var sums = PartialSums<S>([channels], count: blocks.partialSumCount, memory: resources.memory)
    let (upstream, totals) = (gradient.region, sums.region)
    resources.workers.forEach(parts: blocks.partialSumCount) { part in
      for index in blocks.blocks(ofPartialSum: part) {
        let block = blocks[index]
        let first = block.batch * blocks.time + block.time.lowerBound
        S.primitives.sumRows(
          rows: block.time.count, columns: channels, upstream.base + first * channels, totals.base + part * channels)
      }
    }
    return sums.total()
  }

  /// Whether products of a geometry are rounded to bfloat16.
  func rounds<S: Scalar>(_: S.Type, _ geometry: ConvolutionGeometry) -> Bool {
    products == .bfloat16 && RoundedTaps<S>.fits(geometry)
  }

  private func roundedConvolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, _ blocks: TimeBlocks,
    in resources: Resources
  ) -> Tensor<S> {
    let taps = RoundedTaps(weight, geometry, transposed: true, memory: resources.memory)
    let rounded = RoundedTensor(x, in: resources)
    var output = Tensor<S>(undefined: x.shape.replacingLast(geometry.outputChannels), memory: resources.memory)
    let (target, row) = (output.mutable, bias?.region)
    resources.workers.forEach(parts: blocks.count) { part in
      let block = blocks[part]
      let first = block.batch * blocks.time + block.time.lowerBound
      taps.forward(
        block, time: blocks.time, rounded.base, bias: row?.base, target.base + first * geometry.outputChannels)
    }
    return output
  }

  private func roundedInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ geometry: ConvolutionGeometry, input: Shape, _ blocks: TimeBlocks,
    in resources: Resources
  ) -> Tensor<S> {
    let taps = RoundedTaps(weight, geometry, transposed: false, memory: resources.memory)
    let rounded = RoundedTensor(gradient, in: resources)
    var result = Tensor<S>(undefined: input, memory: resources.memory)
    let target = result.mutable
    resources.workers.forEach(parts: blocks.count) { part in
      taps.inputGradient(blocks[part], time: blocks.time, rounded.base, adds: false, target.base)
    }
    return result
  }
}
