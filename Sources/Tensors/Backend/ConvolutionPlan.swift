import CKernels

/// A convolution of one input shape on the processor: its windows over the input, the positions of its outputs, and the
/// packing of its weight.
struct ConvolutionPlan: Sendable {
  let geometry: ConvolutionGeometry
  /// The windows of a sample of the input.
  let windows: kodama_windows
  /// All output positions.
  let positions: kodama_places
  let batch: Int
  /// Channels of a group.
  let (groupInputs, groupOutputs): (Int, Int)

  init(_ geometry: ConvolutionGeometry, input: Shape) {
    guard let output = geometry.outputShape(of: input) else {
      preconditionFailure(geometry.windows.refusal(of: "a convolution", input: input))
    }
    self.geometry = geometry
    windows = kodama_windows(geometry.windows, input: input, output: output)
    positions = kodama_places(
      height: windows.out_height, width: windows.out_width, channels: geometry.outputChannels,
      rows: windows.out_height, columns: windows.out_width, first_row: 0, first_column: 0, row_step: 1, column_step: 1)
    batch = input[0]
    groupInputs = geometry.inputChannels / geometry.groups
    groupOutputs = geometry.outputChannels / geometry.groups
  }

  /// The number of input and output positions in one sample.
  var inputs: Int { windows.height * windows.width }
  var outputs: Int { windows.out_height * windows.out_width }
  var taps: Int { windows.kernel_height * windows.kernel_width }
}

extension ConvolutionGeometry {
  /// The packing of the weight of a group, whose outputs are output channels and whose inputs are taps and input channels;
  /// for a depthwise convolution, of that of all channels, whose inputs are taps.
  package func packing(_ kernel: (block: Int, vector: Int)) -> kodama_packing {
    let (rows, columns) = (windows.count == 2 ? windows[0].kernelSize : 1, kernelSize)
    let (inputs, taps) = (inputChannels / groups, rows * columns)
    return kodama_packing(
      outputs: isDepthwise ? inputChannels : outputChannels / groups,
      block: isDepthwise ? kernel.vector : kernel.block, vector: kernel.vector, output_stride: inputs * taps,
      extents: (rows, columns, inputs), strides: (columns, 1, taps))
  }
}

/// A phase of the input positions, spaced by the strides, whose gradient is a convolution with stride 1 of the output's
/// gradient with some taps of the weight in reverse order.
struct GradientPhase: Sendable {
  /// The windows of a sample of the output's gradient.
  let windows: kodama_windows
  /// The positions in the gradient of the input.
  let positions: kodama_places
  /// The offset of output 0 and input 0 of the packed weight.
  let firstElement: Int
  /// The weight of a group, whose outputs are input channels and whose inputs are taps and output channels.
  let packing: kodama_packing

  /// One axis of a phase: the taps that reach the positions `first`, `first` + stride, …
  private struct Axis {
    let positions, taps, firstTap, tapStep, dilation, padding: Int

    init(first: Int, length: Int, taps: Int, stride: Int, dilation: Int, padding: Int) {
      positions = (length - first + stride - 1) / stride
      // Tap k contributes to position i from output (i + padding − k · dilation) / stride, where that is an integer.
      var (divisor, rest) = (stride, dilation % stride)
      while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
      tapStep = stride / divisor
      self.dilation = dilation / divisor
      let step = tapStep
      let reaching = (0..<min(taps, step)).first { (first + padding - $0 * dilation) % stride == 0 }
      firstTap = reaching ?? 0
      let count = reaching.map { (taps - $0 + step - 1) / step } ?? 0
      self.taps = count
      self.padding = (count - 1) * self.dilation - (first + padding - firstTap * dilation) / stride
    }

    /// The last tap, which is the first in reverse order.
    var lastTap: Int { firstTap + max(0, taps - 1) * tapStep }
  }

  /// The phases of a convolution, which together cover every input position once.
  static func all(_ plan: ConvolutionPlan, _ kernel: (block: Int, vector: Int)) -> [GradientPhase] {
    let w = plan.windows
    let rows = (0..<min(w.stride_height, w.height)).map {
      (
        $0,
        Axis(
          first: $0, length: w.height, taps: w.kernel_height, stride: w.stride_height,
          dilation: w.dilation_height, padding: w.padding_height)
      )
    }
    let columns = (0..<min(w.stride_width, w.width)).map {
      (
        $0,
        Axis(
          first: $0, length: w.width, taps: w.kernel_width, stride: w.stride_width, dilation: w.dilation_width,
          padding: w.padding_width)
      )
    }
    return rows.flatMap { row in columns.map { GradientPhase(plan, row, $0, kernel) } }
  }

  private init(
    _ plan: ConvolutionPlan, _ row: (first: Int, axis: Axis), _ column: (first: Int, axis: Axis),
    _ kernel: (block: Int, vector: Int)
  ) {
    let (w, y, x) = (plan.windows, row.axis, column.axis)
    windows = kodama_windows(
      height: w.out_height, width: w.out_width, channels: plan.geometry.outputChannels, out_height: y.positions,
      out_width: x.positions, kernel_height: y.taps, kernel_width: x.taps, stride_height: 1, stride_width: 1,
      dilation_height: y.dilation, dilation_width: x.dilation, padding_height: y.padding, padding_width: x.padding)
    positions = kodama_places(
      height: w.height, width: w.width, channels: w.channels, rows: y.positions, columns: x.positions,
      first_row: row.first,
      first_column: column.first, row_step: w.stride_height, column_step: w.stride_width)
    firstElement = y.lastTap * w.kernel_width + x.lastTap
    let isDepthwise = plan.geometry.isDepthwise
    packing = kodama_packing(
      outputs: isDepthwise ? w.channels : plan.groupInputs, block: isDepthwise ? kernel.vector : kernel.block,
      vector: kernel.vector, output_stride: plan.taps,
      extents: (y.taps, x.taps, isDepthwise ? 1 : plan.groupOutputs),
      strides: (-y.tapStep * w.kernel_width, -x.tapStep, plan.groupInputs * plan.taps))
  }
}
