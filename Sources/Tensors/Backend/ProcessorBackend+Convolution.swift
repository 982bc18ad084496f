import CKernels

/// A convolution of one input shape on the processor: the patches under a run of outputs are copied side by side and
/// multiplied with the weight, in tiles that stay in the second cache; a pointwise convolution multiplies the input where it
/// lies, a depthwise one needs no patches.
private struct ConvolutionPlan: Sendable {
  let geometry: ConvolutionGeometry
  let windows: kodama_windows
  let batch: Int
  /// Places of the input and of the output in one sample.
  let (inputs, outputs): (Int, Int)
  /// Channels of a group.
  let (groupInputs, groupOutputs): (Int, Int)
  let taps: Int
  /// Outputs of a tile.
  let rowsPerTile: Int
  let tilesPerSample: Int

  /// Partial sums of the gradient of the weight.
  static let maximumLanes = 8
  private static let elementsPerTile = 1 << 16

  init(_ geometry: ConvolutionGeometry, input: Shape) {
    guard let output = geometry.outputShape(of: input) else {
      preconditionFailure(
        "a convolution of \(geometry.windows) gives no output of an input of lengths \(input.extents[1..<input.rank - 1])"
      )
    }
    self.geometry = geometry
    let isMap = geometry.windows.count == 2
    let (rows, columns) = (isMap ? geometry.windows[0] : SlidingWindow(1), geometry.windows[isMap ? 1 : 0])
    let (height, width) = (isMap ? input[1] : 1, input[isMap ? 2 : 1])
    windows = kodama_windows(
      height: height, width: width, channels: geometry.inputChannels, out_height: isMap ? output[1] : 1,
      out_width: output[isMap ? 2 : 1], kernel_height: rows.kernelSize, kernel_width: columns.kernelSize,
      stride_height: rows.stride, stride_width: columns.stride, dilation_height: rows.dilation,
      dilation_width: columns.dilation, padding_height: rows.padding(ofLength: height).before,
      padding_width: columns.padding(ofLength: width).before)
    batch = input[0]
    (inputs, outputs) = (height * width, windows.out_height * windows.out_width)
    groupInputs = geometry.inputChannels / geometry.groups
    groupOutputs = geometry.outputChannels / geometry.groups
    taps = rows.kernelSize * columns.kernelSize
    rowsPerTile = max(16, min(512, Self.elementsPerTile / (taps * groupInputs)))
    tilesPerSample = (outputs + rowsPerTile - 1) / rowsPerTile
  }

  /// The tiles of all samples.
  var tiles: Int { batch * tilesPerSample }
  /// Columns of the patches.
  var columns: Int { taps * groupInputs }

  /// Whether every output sees the input at its own place alone.
  var isPointwise: Bool {
    geometry.windows.allSatisfy { $0.kernelSize == 1 && $0.stride == 1 } && inputs == outputs
  }

  /// The sample and the outputs of a tile.
  func tile(_ index: Int) -> (sample: Int, outputs: Range<Int>) {
    let (sample, tile) = index.quotientAndRemainder(dividingBy: tilesPerSample)
    return (sample, tile * rowsPerTile..<min(outputs, (tile + 1) * rowsPerTile))
  }

  /// Where the patches of a group lie for products: in the input itself, or copied into `scratch`.
  func patches<S: Scalar>(
    sample: Int, outputs: Range<Int>, group: Int, of x: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>
  ) -> (base: UnsafePointer<S>, stride: Int) {
    let map = x + sample * inputs * geometry.inputChannels
    if isPointwise {
      return (map + outputs.lowerBound * geometry.inputChannels + group * groupInputs, geometry.inputChannels)
    }
    withUnsafePointer(to: windows) {
      kodama_gather_patches(
        MemoryLayout<S>.stride, $0, group * groupInputs, groupInputs, outputs.lowerBound, outputs.count, map, scratch)
    }
    return (UnsafePointer(scratch), columns)
  }

  /// The weight [O, I/g, taps…] as [O][taps][I/g], the order of the patches; of a depthwise convolution [taps][C].
  func packed<S: Scalar>(_ weight: Tensor<S>, in workspace: Workspace) -> Tensor<S> {
    if taps == 1 { return weight }
    let flat = StridedLayout([geometry.outputChannels, groupInputs, taps])
    return workspace.read(weight, through: flat.permuted(geometry.isDepthwise ? [2, 0, 1] : [0, 2, 1]))
  }

  /// The inverse of `packed`.
  func unpacked<S: Scalar>(_ gradient: Tensor<S>, in workspace: Workspace) -> Tensor<S> {
    if taps == 1 { return gradient.reshaped(geometry.weightShape) }
    let isDepthwise = geometry.isDepthwise
    let flat: Shape = isDepthwise ? [taps, geometry.outputChannels, 1] : [geometry.outputChannels, taps, groupInputs]
    return workspace.read(gradient, through: StridedLayout(flat).permuted(isDepthwise ? [1, 2, 0] : [0, 2, 1]))
      .reshaped(geometry.weightShape)
  }
}

extension ProcessorBackend {
  func convolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, in workspace: Workspace
  ) -> Tensor<S> {
    if geometry.isCausalOverTime {
      return causalConvolution(x, weight: weight, bias: bias, geometry, in: workspace)
    }
    let plan = ConvolutionPlan(geometry, input: x.shape)
    let packed = plan.packed(weight, in: workspace)
    let (channels, columns) = (geometry.outputChannels, plan.columns)
    var result = Tensor<S>(undefined: geometry.outputShape(of: x.shape)!, workspace: workspace)
    let (source, weights, row, target) = (x.region, packed.region, bias?.region, result.mutable)
    workspace.workers.forEach(parts: plan.tiles) { index in
      let (sample, outputs) = plan.tile(index)
      let out = target.base + (sample * plan.outputs + outputs.lowerBound) * channels
      let primitives = S.primitives
      if geometry.isDepthwise {
        primitives.depthwiseForward(
          plan.windows, outputs: outputs, source.base + sample * plan.inputs * channels, weight: weights.base,
          bias: row?.base, out)
        return
      }
      var scratch = Tensor<S>(undefined: [plan.isPointwise ? 0 : outputs.count * columns], workspace: workspace)
      let patches = scratch.mutable
      if let row { primitives.fillRows(rows: outputs.count, columns: channels, row.base, out) }
      for group in 0..<geometry.groups {
        let (base, stride) = plan.patches(
          sample: sample, outputs: outputs, group: group, of: source.base, scratch: patches.base)
        primitives.multiplyMatrices(
          transposeA: false, transposeB: true, m: outputs.count, n: plan.groupOutputs, k: columns, base, lda: stride,
          weights.base + group * plan.groupOutputs * columns, ldb: columns, beta: row == nil ? 0 : 1,
          out + group * plan.groupOutputs, ldc: channels)
      }
    }
    return result
  }

  func convolutionInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ geometry: ConvolutionGeometry, input: Shape, in workspace: Workspace
  ) -> Tensor<S> {
    if geometry.isCausalOverTime {
      return causalInputGradient(gradient, weight: weight, geometry, input: input, in: workspace)
    }
    let plan = ConvolutionPlan(geometry, input: input)
    let packed = plan.packed(weight, in: workspace)
    let (channels, columns) = (geometry.outputChannels, plan.columns)
    if geometry.isDepthwise { return depthwiseInputGradient(gradient, packed, plan, input: input, in: workspace) }
    var result = Tensor<S>(input, workspace: workspace)
    let (source, weights, target) = (gradient.region, packed.region, result.mutable)

    /// One tile; tiles of a sample that is not pointwise write over each other's edges.
    @Sendable func add(_ index: Int, _ scratch: UnsafeMutablePointer<S>) {
      let (sample, outputs) = plan.tile(index)
      let dy = source.base + (sample * plan.outputs + outputs.lowerBound) * channels
      let map = target.base + sample * plan.inputs * geometry.inputChannels
      for group in 0..<geometry.groups {
        let out =
          plan.isPointwise
          ? map + outputs.lowerBound * geometry.inputChannels + group * plan.groupInputs : scratch
        S.primitives.multiplyMatrices(
          transposeA: false, transposeB: false, m: outputs.count, n: columns, k: plan.groupOutputs,
          dy + group * plan.groupOutputs, lda: channels, weights.base + group * plan.groupOutputs * columns,
          ldb: columns, beta: 0, out, ldc: plan.isPointwise ? geometry.inputChannels : columns)
        if !plan.isPointwise {
          S.primitives.scatterPatches(
            plan.windows, channels: group * plan.groupInputs..<(group + 1) * plan.groupInputs, outputs: outputs,
            UnsafePointer(scratch), map)
        }
      }
    }
    workspace.workers.forEach(parts: plan.isPointwise ? plan.tiles : plan.batch) { part in
      var scratch = Tensor<S>(undefined: [plan.isPointwise ? 0 : plan.rowsPerTile * columns], workspace: workspace)
      let patches = scratch.mutable
      if plan.isPointwise { return add(part, patches.base) }
      for tile in part * plan.tilesPerSample..<(part + 1) * plan.tilesPerSample { add(tile, patches.base) }
      withExtendedLifetime(scratch) {}
    }
    return result
  }

  private func depthwiseInputGradient<S>(
    _ gradient: Tensor<S>, _ weight: Tensor<S>, _ plan: ConvolutionPlan, input: Shape, in workspace: Workspace
  ) -> Tensor<S> {
    let channels = plan.geometry.inputChannels
    var result = Tensor<S>(undefined: input, workspace: workspace)
    let (source, weights, target) = (gradient.region, weight.region, result.mutable)
    let placesPerPart = max(1, (1 << 16) / channels)
    let parts = (plan.inputs + placesPerPart - 1) / placesPerPart
    workspace.workers.forEach(parts: plan.batch * parts) { index in
      let (sample, part) = index.quotientAndRemainder(dividingBy: parts)
      let places = part * placesPerPart..<min(plan.inputs, (part + 1) * placesPerPart)
      S.primitives.depthwiseInputGradient(
        plan.windows, places: places, source.base + sample * plan.outputs * channels, weight: weights.base,
        target.base + (sample * plan.inputs + places.lowerBound) * channels)
    }
    return result
  }

  func convolutionWeightGradient<S>(
    _ gradient: Tensor<S>, input x: Tensor<S>, _ geometry: ConvolutionGeometry, in workspace: Workspace
  ) -> Tensor<S> {
    if geometry.isCausalOverTime { return causalWeightGradient(gradient, input: x, geometry, in: workspace) }
    let plan = ConvolutionPlan(geometry, input: x.shape)
    let (channels, columns) = (geometry.outputChannels, plan.columns)
    let lanes = min(ConvolutionPlan.maximumLanes, plan.tiles)
    var sums = LaneSums<S>([geometry.weightShape.count], lanes: lanes, workspace: workspace)
    let (source, upstream, totals, count) = (x.region, gradient.region, sums.region, sums.count)
    workspace.workers.forEach(parts: lanes) { lane in
      let out = totals.base + lane * count
      var scratch = Tensor<S>(undefined: [plan.isPointwise ? 0 : plan.rowsPerTile * columns], workspace: workspace)
      let patches = scratch.mutable
      for index in plan.tiles * lane / lanes..<plan.tiles * (lane + 1) / lanes {
        let (sample, outputs) = plan.tile(index)
        let dy = upstream.base + (sample * plan.outputs + outputs.lowerBound) * channels
        if geometry.isDepthwise {
          S.primitives.depthwiseWeightGradient(
            plan.windows, outputs: outputs, source.base + sample * plan.inputs * channels, dy, out)
          continue
        }
        for group in 0..<geometry.groups {
          let (base, stride) = plan.patches(
            sample: sample, outputs: outputs, group: group, of: source.base, scratch: patches.base)
          S.primitives.multiplyMatrices(
            transposeA: true, transposeB: false, m: plan.groupOutputs, n: columns, k: outputs.count,
            dy + group * plan.groupOutputs, lda: channels, base, ldb: stride, beta: 1,
            out + group * plan.groupOutputs * columns, ldc: columns)
        }
      }
      withExtendedLifetime(scratch) {}
    }
    return plan.unpacked(sums.total(), in: workspace)
  }
}
