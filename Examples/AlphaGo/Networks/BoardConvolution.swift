import KodamaLayers
import KodamaTensors

extension Convolution {
  /// A convolution of maps with a square kernel of odd size, which keeps the size of the board.
  ///
  /// Weights of hidden layers have the normal distribution of He et al. 2015 by the number of inputs of an output, and
  /// biases are 0 at first.
  static func square(
    _ path: String, _ inputs: Int, _ outputs: Int, _ kernel: Int, bias: Bool = false, isOutput: Bool = false
  ) -> Convolution {
    let margin = (kernel - 1) / 2
    let window = SlidingWindow(kernel, padding: .explicit(before: margin, after: margin))
    return Convolution(
      path, ConvolutionGeometry(inputChannels: inputs, outputChannels: outputs, windows: [window, window]),
      bias: bias, isOutput: isOutput, initializer: isOutput ? nil : .heNormal(fan: inputs * kernel * kernel),
      biasInitializer: .constant(0))
  }
}
