import CKernels

/// Depthwise convolutions, in parts of about equally many elements.
extension ProcessorBackend {
  private static var elementsPerPart: Int { 1 << 16 }

  func depthwiseConvolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ plan: ConvolutionPlan, in resources: Resources
  ) -> Tensor<S> {
    var result = Tensor<S>(undefined: plan.geometry.outputShape(of: x.shape)!, memory: resources.memory)
    let packed = taps(of: weight, plan.geometry.packing(S.primitives.packing), in: resources)
    convolve(
      x.region, plan.windows, batch: plan.batch, packed, bias: bias, to: result.mutable, plan.positions, in: resources)
    return result
  }

  func depthwiseInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ plan: ConvolutionPlan, input: Shape, in resources: Resources
  ) -> Tensor<S> {
    var result = Tensor<S>(undefined: input, memory: resources.memory)
    let target = result.mutable
    for phase in GradientPhase.all(plan, S.primitives.packing) {
      let packed = taps(of: weight, first: phase.firstElement, phase.packing, in: resources)
      convolve(
        gradient.region, phase.windows, batch: plan.batch, packed, bias: nil, to: target, phase.positions, in: resources
      )
    }
    return result
  }

  func depthwiseWeightGradient<S>(
    _ gradient: Tensor<S>, input x: Tensor<S>, _ plan: ConvolutionPlan, in resources: Resources
  ) -> Tensor<S> {
    let channels = plan.geometry.inputChannels
    let parts = Parts(outputs: plan.outputs, channels: channels, batch: plan.batch)
    let sumCount = min(Self.convolutionPartialSums, parts.count)
    let packing = plan.geometry.packing(S.primitives.packing)
    let packed = withUnsafePointer(to: packing) { kodama_packed_count($0) }
    var sums = PartialSums<S>([packed], count: sumCount, memory: resources.memory)
    let (source, upstream, totals, count) = (x.region, gradient.region, sums.region, sums.count)
    resources.workers.forEach(parts: sumCount) { part in
      for index in parts.count * part / sumCount..<parts.count * (part + 1) / sumCount {
        let (sample, outputs) = parts[index]
        S.primitives.depthwiseWeightGradient(
          plan.windows, outputs: outputs, source.base + sample * plan.inputs * channels,
          upstream.base + sample * plan.outputs * channels, totals.base + part * count)
      }
    }
    return plan.unpacked(sums.total(), packing)
  }

  /// The outputs of all samples in parts.
  private struct Parts: Sendable {
    let outputs, perPart, perSample, batch: Int

    /// Parts of whole steps of `step` outputs, where some fit.
    init(outputs: Int, step: Int = 1, channels: Int, batch: Int) {
      self.outputs = outputs
      self.batch = batch
      let fitting = max(1, ProcessorBackend.elementsPerPart / channels)
      perPart = step > fitting ? fitting : fitting / step * step
      perSample = (outputs + perPart - 1) / perPart
    }

    var count: Int { batch * perSample }

    subscript(index: Int) -> (sample: Int, outputs: Range<Int>) {
      let (sample, part) = index.quotientAndRemainder(dividingBy: perSample)
      return (sample, part * perPart..<min(outputs, (part + 1) * perPart))
    }
  }

  private func convolve<S>(
    _ source: Region<S>, _ windows: kodama_windows, batch: Int, _ weight: Tensor<S>, bias: Tensor<S>?,
    to target: MutableRegion<S>, _ positions: kodama_places, in resources: Resources
  ) {
    let channels = windows.channels
    // Kernels may compute two rows at a time.
    let parts = Parts(
      outputs: positions.rows * positions.columns, step: 2 * positions.columns, channels: channels, batch: batch)
    let (weights, row, streams) = (weight.region, bias?.region, Self.isWrittenPastCaches(target.count))
    let first = (positions.first_row * positions.width + positions.first_column) * channels
    resources.workers.forEach(parts: parts.count) { index in
      let (sample, outputs) = parts[index]
      S.primitives.depthwiseForward(
        windows, outputs: outputs, source.base + sample * windows.height * windows.width * channels,
        weight: weights.base, bias: row?.base, finish: nil,
        target.base + sample * positions.height * positions.width * channels + first,
        rowStep: positions.row_step * positions.width * channels, columnStep: positions.column_step * channels,
        streams: streams)
    }
    withExtendedLifetime(weight) {}
  }

  /// Some taps of a weight [C, 1, taps…], packed by vectors of channels.
  private func taps<S>(
    of weight: Tensor<S>, first: Int = 0, _ packing: kodama_packing, in resources: Resources
  ) -> Tensor<S> {
    let count = withUnsafePointer(to: packing) { kodama_packed_count($0) }
    var result = Tensor<S>(undefined: [count], memory: resources.memory)
    let target = result.mutable
    withUnsafePointer(to: packing) {
      kodama_pack(MemoryLayout<S>.stride, $0, weight.region.base + first, target.base)
    }
    return result
  }
}
