/// The sizes of a convolution over time, or over height and width.
///
/// Signals are [B, T, C], maps [B, H, W, C].
public struct ConvolutionGeometry: Sendable, Equatable {
  /// Channels of the input; a multiple of `groups`.
  public let inputChannels: Int
  /// Channels of the output; a multiple of `groups`.
  public let outputChannels: Int
  /// Independent groups of channels; as many groups as channels make the convolution depthwise.
  public let groups: Int
  /// The sliding windows along time, or along height and width.
  public let windows: [SlidingWindow]

  /// - Precondition: every size is positive, the channels are multiples of the groups, and there are one or two
  ///   windows.
  public init(inputChannels: Int, outputChannels: Int, groups: Int = 1, windows: [SlidingWindow]) {
    precondition(
      inputChannels > 0 && outputChannels > 0 && groups > 0 && inputChannels % groups == 0
        && outputChannels % groups == 0,
      "no convolution has \(inputChannels) to \(outputChannels) channels in \(groups) groups")
    precondition((1...2).contains(windows.count), "a convolution slides along one or two axes, not \(windows.count)")
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.groups = groups
    self.windows = windows
  }

  /// A causal convolution over time.
  public init(inputChannels: Int, outputChannels: Int, kernelSize: Int = 1, dilation: Int = 1, groups: Int = 1) {
    self.init(
      inputChannels: inputChannels, outputChannels: outputChannels, groups: groups,
      windows: [SlidingWindow(kernelSize, dilation: dilation, padding: .causal)])
  }

  /// The shape of the weight: [output channels, input channels / groups] and the kernel sizes; over time the oldest tap
  /// is first.
  public var weightShape: Shape { Shape([outputChannels, inputChannels / groups] + windows.map(\.kernelSize)) }

  /// The output shape; nil where a window does not fit. `validatedOutputShape(of:)` throws the reason.
  ///
  /// - Precondition: the rank and the channels match.
  public func outputShape(of input: Shape) -> Shape? {
    precondition(
      input.rank == windows.count + 2 && input.last == inputChannels,
      "a convolution of \(inputChannels) channels along \(windows.count) axes cannot take shape \(input)")
    let lengths = windows.outputLengths(of: input)
    return lengths.allSatisfy { $0 > 0 } ? Shape([input[0]] + lengths + [outputChannels]) : nil
  }

  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault.otherInput` where the rank or the channels do not match, `.noOutput` where a window does
  ///   not fit.
  public func validatedOutputShape(of input: Shape) throws(GeometryFault) -> Shape {
    if input.rank != windows.count + 2 || input.last != inputChannels {
      throw .otherInput(operation: "a convolution", input: input, axes: windows.count, channels: inputChannels)
    }
    guard let output = outputShape(of: input) else {
      throw .noOutput(operation: "a convolution", input: input, windows: windows)
    }
    return output
  }

  /// The multiply-adds for an input shape: one for each output, tap and input channel of its group.
  public func multiplyAdds(of input: Shape) -> Int {
    (outputShape(of: input)?.count ?? 0) * (weightShape.count / outputChannels)
  }

  /// Whether every channel is convolved separately, with one output each.
  public var isDepthwise: Bool { groups > 1 && groups == inputChannels && outputChannels == inputChannels }

  /// Whether it is a causal convolution over time with a stride of 1 that is not depthwise: then the output is as long
  /// as the input, and only the history is padded.
  var isCausalOverTime: Bool {
    windows.count == 1 && windows[0].stride == 1 && !isDepthwise
      && (windows[0].padding == .causal || windows[0].kernelSize == 1 && windows[0].padding == .same)
  }

  // MARK: Over time

  /// The kernel size along the last axis.
  public var kernelSize: Int { windows[windows.count - 1].kernelSize }
  /// The time steps between taps along the last axis.
  public var dilation: Int { windows[windows.count - 1].dilation }
  /// The number of past steps that an output of a causal convolution depends on: (K − 1) · d.
  public var lookback: Int { (kernelSize - 1) * dilation }
  /// The delay in steps of tap k of a causal convolution: (K − 1 − k) · d.
  package func shift(ofTap tap: Int) -> Int { (kernelSize - 1 - tap) * dilation }
}

/// The mapping between inputs and requested outputs of a transposed convolution over time.
package struct UpsamplingGeometry: Sendable, Equatable {
  /// Outputs from one input to the next.
  package let factor: Int
  /// The tap that the first input has at output 0.
  package let padding: Int
  /// The number of taps of the kernel.
  package let taps: Int
  /// The number of inputs of each signal.
  package let inputs: Int
  /// The requested outputs.
  package let outputs: Range<Int>

  /// The inputs that contribute to an output.
  func inputs(ofOutput output: Int) -> Range<Int> {
    let last = output + padding
    // The oldest input has the last tap.
    let first = max(0, last - taps + factor) / factor
    let end = min(inputs, last / factor + 1)
    return min(first, end)..<end
  }

  /// The taps by which an input contributes to outputs.
  func taps(ofInput input: Int) -> Range<Int> {
    let shift = input * factor - padding
    let first = max(0, outputs.lowerBound - shift)
    return first..<max(first, min(taps, outputs.upperBound - shift))
  }
}
