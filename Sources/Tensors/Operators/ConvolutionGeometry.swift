/// The sizes of a causal dilated convolution over time.
public struct ConvolutionGeometry: Sendable, Equatable {
  /// Channels of the input; a multiple of `groups`.
  public let inputChannels: Int
  /// Channels of the output; a multiple of `groups`.
  public let outputChannels: Int
  /// Taps, at least 1.
  public let kernelSize: Int
  /// Time steps between taps, at least 1.
  public let dilation: Int
  /// Groups of channels that do not see each other; as many as channels makes the convolution depthwise.
  public let groups: Int

  /// - Precondition: every size is positive and the channels are multiples of the groups.
  public init(inputChannels: Int, outputChannels: Int, kernelSize: Int = 1, dilation: Int = 1, groups: Int = 1) {
    precondition(
      inputChannels > 0 && outputChannels > 0 && kernelSize > 0 && dilation > 0 && groups > 0
        && inputChannels % groups == 0 && outputChannels % groups == 0,
      "no convolution has \(inputChannels) to \(outputChannels) channels in \(groups) groups, kernel size "
        + "\(kernelSize), dilation \(dilation)")
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelSize = kernelSize
    self.dilation = dilation
    self.groups = groups
  }

  /// The shape of the weight: [output channels, input channels / groups, kernel size], oldest tap first.
  public var weightShape: Shape { [outputChannels, inputChannels / groups, kernelSize] }
  /// How many steps before the present one are seen: (K − 1) · d.
  public var lookback: Int { (kernelSize - 1) * dilation }
  /// How many steps before the present one tap k looks: (K − 1 − k) · d.
  package func shift(ofTap tap: Int) -> Int { (kernelSize - 1 - tap) * dilation }
}
