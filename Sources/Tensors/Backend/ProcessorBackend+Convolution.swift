import CKernels

/// Convolutions by direct kernels: products of the inputs in place with a packed weight, without im2col. Depthwise and
/// causal convolutions are in other files.
extension ProcessorBackend {
  /// The maximum number of partial sums of a weight's gradient.
  static var convolutionPartialSums: Int { 8 }
  /// Whether a result of so many elements is written with non-temporal stores, because it would be evicted from the
  /// caches before it is read.
  static func isWrittenPastCaches(_ count: Int) -> Bool { count >= 1 << 21 }
  /// The number of input channels of a group below which the gradient of the input is accumulated from patches: a
  /// vector of so few channels would be mostly padding.
  private static var fewestChannels: Int { 8 }

  func convolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    // In single precision the direct kernels are faster, except where one tap makes it a single matrix product.
    if geometry.isCausalOverTime
      && (geometry.kernelSize == 1 || S.self != Float.self || rounds(S.self, geometry))
    {
      return causalConvolution(x, weight: weight, bias: bias, geometry, in: resources)
    }
    let plan = ConvolutionPlan(geometry, input: x.shape)
    if geometry.isDepthwise { return depthwiseConvolution(x, weight: weight, bias: bias, plan, in: resources) }
    let product = plan.product(S.primitives.packing)
    let packed = product.packed(weight, groupStride: plan.groupWeights, in: resources)
    var result = Tensor<S>(undefined: geometry.outputShape(of: x.shape)!, memory: resources.memory)
    product.multiply(x.region, packed.region, bias: bias?.region, to: result.mutable, in: resources)
    withExtendedLifetime(packed) {}
    return result
  }

  func convolutionInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ geometry: ConvolutionGeometry, input: Shape, in resources: Resources
  ) -> Tensor<S> {
    if geometry.isCausalOverTime {
      return causalInputGradient(gradient, weight: weight, geometry, input: input, in: resources)
    }
    let plan = ConvolutionPlan(geometry, input: input)
    if geometry.isDepthwise {
      return depthwiseInputGradient(gradient, weight: weight, plan, input: input, in: resources)
    }
    if plan.groupInputs < Self.fewestChannels && plan.taps > 1 {
      return inputGradientByPatches(gradient, weight: weight, plan, input: input, in: resources)
    }
    var result = Tensor<S>(undefined: input, memory: resources.memory)
    let target = result.mutable
    for phase in GradientPhase.all(plan, S.primitives.packing) {
      let product = WindowProduct(
        windows: phase.windows, positions: phase.positions, batch: plan.batch, groups: geometry.groups,
        channels: plan.groupOutputs, packing: phase.packing)
      let packed = product.packed(
        weight, first: phase.firstElement, groupStride: plan.groupWeights, in: resources)
      product.multiply(gradient.region, packed.region, bias: nil, to: target, in: resources)
      withExtendedLifetime(packed) {}
    }
    return result
  }

  /// The gradient of the patches under a run of outputs, [outputs][taps][channels], added to the map. The patches of a
  /// sample overlap, so each part is a sample.
  private func inputGradientByPatches<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ plan: ConvolutionPlan, input: Shape, in resources: Resources
  ) -> Tensor<S> {
    let (geometry, columns, rows) = (plan.geometry, plan.taps * plan.groupInputs, 96)
    var result = Tensor<S>(input, memory: resources.memory)
    let (w, target, source) = (plan.windows, result.mutable, gradient.region)
    // [O][taps][I/g], so that the elements of a patch are adjacent outputs.
    let flat = StridedLayout([geometry.outputChannels, plan.groupInputs, plan.taps])
    let ordered = read(weight, through: flat.permuted([0, 2, 1]), in: resources)
    let kernel = S.primitives.packing
    let packing = kodama_packing(
      outputs: columns, block: kernel.block, vector: kernel.vector, output_stride: 1,
      extents: (1, 1, plan.groupOutputs), strides: (0, 0, columns))
    let count = withUnsafePointer(to: packing) { kodama_packed_count($0) }
    var packed = Tensor<S>(undefined: [geometry.groups, count], memory: resources.memory)
    let weights = packed.mutable
    for group in 0..<geometry.groups {
      withUnsafePointer(to: packing) {
        kodama_pack(
          MemoryLayout<S>.stride, $0, ordered.region.base + group * plan.groupWeights, weights.base + group * count)
      }
    }
    resources.workers.forEach(parts: plan.batch) { sample in
      var scratch = Tensor<S>(undefined: [rows * (columns + kernel.block)], memory: resources.memory)
      let patches = scratch.mutable.base
      let lines = (0..<rows).map { UnsafeMutableRawPointer?(patches + $0 * columns) }
      let map = target.base + sample * plan.inputs * geometry.inputChannels
      for first in stride(from: 0, to: plan.outputs, by: rows) {
        let outputs = first..<min(plan.outputs, first + rows)
        for group in 0..<geometry.groups {
          let base = source.base + sample * plan.outputs * geometry.outputChannels + group * plan.groupOutputs
          let starts = outputs.map { UnsafeRawPointer?(base + $0 * geometry.outputChannels) }
          starts.withUnsafeBufferPointer { starts in
            S.primitives.multiplyRuns(
              kodama_runs(rows: outputs.count, runs: 1, length: plan.groupOutputs, starts: starts.baseAddress),
              outputs: columns, weights.base + group * count, bias: nil, finish: nil, lines,
              scratch: patches + rows * columns, streams: false)
          }
          S.primitives.scatterPatches(
            w, channels: group * plan.groupInputs..<(group + 1) * plan.groupInputs, outputs: outputs, patches, map)
        }
      }
      withExtendedLifetime(scratch) {}
    }
    withExtendedLifetime(packed) {}
    return result
  }

  func convolutionWeightGradient<S>(
    _ gradient: Tensor<S>, input x: Tensor<S>, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    if geometry.isCausalOverTime { return causalWeightGradient(gradient, input: x, geometry, in: resources) }
    let plan = ConvolutionPlan(geometry, input: x.shape)
    if geometry.isDepthwise { return depthwiseWeightGradient(gradient, input: x, plan, in: resources) }
    let product = plan.product(S.primitives.packing)
    let (sumCount, blocks) = (min(Self.convolutionPartialSums, product.blocks), product.blocks)
    var sums = PartialSums<S>([geometry.groups * product.packedCount], count: sumCount, memory: resources.memory)
    let (source, upstream, totals, count) = (x.region, gradient.region, sums.region, sums.count)
    resources.workers.forEach(parts: sumCount) { part in
      product.addOuterProducts(
        blocks: blocks * part / sumCount..<blocks * (part + 1) / sumCount, source, gradient: upstream.base,
        to: totals.base + part * count, in: resources)
    }
    return plan.unpacked(sums.total(), product.packing)
  }
}

extension ConvolutionPlan {
  /// Elements of the weight of a group.
  var groupWeights: Int { groupOutputs * groupInputs * taps }

  /// The convolution as a product.
  func product(_ kernel: (block: Int, vector: Int)) -> WindowProduct {
    WindowProduct(
      windows: windows, positions: positions, batch: batch, groups: geometry.groups, channels: groupInputs,
      packing: geometry.packing(kernel))
  }

  /// The gradient of the weight from that of the packed weight of all groups.
  func unpacked<S: Scalar>(_ packed: Tensor<S>, _ packing: kodama_packing) -> Tensor<S> {
    var result = Tensor<S>(undefined: geometry.weightShape, memory: nil)
    let groups = geometry.isDepthwise ? 1 : geometry.groups
    let (source, target, count) = (packed.region, result.mutable, packed.count / groups)
    withUnsafePointer(to: packing) {
      for group in 0..<groups {
        kodama_unpack(
          MemoryLayout<S>.stride, $0, source.base + group * count, target.base + group * groupWeights)
      }
    }
    withExtendedLifetime(packed) {}
    return result
  }
}
