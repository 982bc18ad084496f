import CKernels

/// Pooling on the processor, in parts of one sample and some of its channels, which are independent.
extension ProcessorBackend {
  private static let channelsPerPart = 64

  func pooling<S>(_ x: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources) -> Tensor<S> {
    guard let shape = geometry.outputShape(of: x.shape) else {
      preconditionFailure(geometry.windows.refusal(of: "a pooling", input: x.shape))
    }
    var result = Tensor<S>(undefined: shape, memory: resources.memory)
    let (source, target) = (x.region, result.mutable)
    let windows = kodama_windows(geometry.windows, input: x.shape, output: shape)
    forEachPart(of: x.shape, in: resources) { sample, channels in
      S.primitives.poolForward(
        windows, geometry.kind, channels: channels, source.base + sample * windows.mapCount,
        target.base + sample * windows.outputCount)
    }
    return result
  }

  func poolingGradient<S>(
    _ gradient: Tensor<S>, input x: Tensor<S>, output y: Tensor<S>, _ geometry: PoolingGeometry,
    in resources: Resources
  ) -> Tensor<S> {
    var result = Tensor<S>(x.shape, memory: resources.memory)
    let (upstream, source, pooled, target) = (gradient.region, x.region, y.region, result.mutable)
    let windows = kodama_windows(geometry.windows, input: x.shape, output: y.shape)
    forEachPart(of: x.shape, in: resources) { sample, channels in
      let (map, outputs) = (sample * windows.mapCount, sample * windows.outputCount)
      S.primitives.poolBackward(
        windows, geometry.kind, channels: channels, source.base + map, output: pooled.base + outputs,
        upstream.base + outputs, target.base + map)
    }
    return result
  }

  private func forEachPart(
    of shape: Shape, in resources: Resources, _ body: @Sendable (_ sample: Int, _ channels: Range<Int>) -> Void
  ) {
    let parts = (shape.last + Self.channelsPerPart - 1) / Self.channelsPerPart
    resources.workers.forEach(parts: shape[0] * parts) { index in
      let (sample, part) = index.quotientAndRemainder(dividingBy: parts)
      let first = part * Self.channelsPerPart
      body(sample, first..<min(shape.last, first + Self.channelsPerPart))
    }
  }
}
