import CKernels

/// Pooling on the processor, in parts of one sample and some of its channels, whose elements no other part touches.
extension ProcessorBackend {
  private static let channelsPerPart = 64

  func pooling<S>(_ x: Tensor<S>, _ geometry: PoolingGeometry, in workspace: Workspace) -> Tensor<S> {
    guard let shape = geometry.outputShape(of: x.shape) else {
      preconditionFailure(geometry.windows.refusal(of: "a pooling", input: x.shape))
    }
    var result = Tensor<S>(undefined: shape, workspace: workspace)
    let (source, target) = (x.region, result.mutable)
    let windows = kodama_windows(geometry.windows, input: x.shape, output: shape)
    forEachPart(of: x.shape, in: workspace) { sample, channels in
      S.primitives.poolForward(
        windows, geometry.kind, channels: channels, source.base + sample * windows.mapCount,
        target.base + sample * windows.outputCount)
    }
    return result
  }

  func poolingGradient<S>(
    _ gradient: Tensor<S>, input x: Tensor<S>, output y: Tensor<S>, _ geometry: PoolingGeometry,
    in workspace: Workspace
  ) -> Tensor<S> {
    var result = Tensor<S>(x.shape, workspace: workspace)
    let (upstream, source, pooled, target) = (gradient.region, x.region, y.region, result.mutable)
    let windows = kodama_windows(geometry.windows, input: x.shape, output: y.shape)
    forEachPart(of: x.shape, in: workspace) { sample, channels in
      let (map, outputs) = (sample * windows.mapCount, sample * windows.outputCount)
      S.primitives.poolBackward(
        windows, geometry.kind, channels: channels, source.base + map, output: pooled.base + outputs,
        upstream.base + outputs, target.base + map)
    }
    return result
  }

  private func forEachPart(
    of shape: Shape, in workspace: Workspace, _ body: @Sendable (_ sample: Int, _ channels: Range<Int>) -> Void
  ) {
    let parts = (shape.last + Self.channelsPerPart - 1) / Self.channelsPerPart
    workspace.workers.forEach(parts: shape[0] * parts) { index in
      let (sample, part) = index.quotientAndRemainder(dividingBy: parts)
      let first = part * Self.channelsPerPart
      body(sample, first..<min(shape.last, first + Self.channelsPerPart))
    }
  }
}

extension kodama_windows {
  /// The windows that slide over one sample of an input; a signal is a map of height 1.
  fileprivate init(_ windows: [SlidingWindow], input: Shape, output: Shape) {
    let isMap = windows.count == 2
    let (rows, columns) = (isMap ? windows[0] : SlidingWindow(1), windows[isMap ? 1 : 0])
    let (height, width) = (isMap ? input[1] : 1, input[-2])
    self.init(
      height: height, width: width, channels: input.last, out_height: isMap ? output[1] : 1, out_width: output[-2],
      kernel_height: rows.kernelSize, kernel_width: columns.kernelSize, stride_height: rows.stride,
      stride_width: columns.stride, dilation_height: rows.dilation, dilation_width: columns.dilation,
      padding_height: rows.padding(ofLength: height).before, padding_width: columns.padding(ofLength: width).before)
  }

  /// Elements of the map, and of the output.
  fileprivate var mapCount: Int { height * width * channels }
  fileprivate var outputCount: Int { out_height * out_width * channels }
}
