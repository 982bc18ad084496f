import KodamaLayers
import KodamaTensors

/// A residual block: a few convolutions, to whose output the block's input is added.
///
/// - Shapes: [B, H, W, I] → [B, ⌈H / stride⌉, ⌈W / stride⌉, O].
/// - Parameters in checkpoints: `<path>.conv1.weight`, `<path>.bn1.*` and so on, those of a projection under
///   `<path>.downsample.0` and `.1`, as in torchvision.
/// - Source: He et al. 2015, "Deep Residual Learning", §3.2 and fig. 5; He et al. 2016, "Identity Mappings in Deep
///   Residual Networks", fig. 1; Han et al. 2017, fig. 6d. The stride of a bottleneck is in its 3 × 3 convolution, as in
///   torchvision, not in the first.
public struct ResidualBlock: MapLayer, Equatable {
  /// What is added to the output of the convolutions.
  enum Sum: Equatable {
    case nothing
    case input
    case projection(Convolution, BatchNormalization?)
    /// The input, averaged over windows of the stride, with channels of zeros.
    case padded(stride: Int, channels: Int)
  }

  /// The order of the layers.
  public let order: ResidualNetwork.Order
  let convolutions: [Convolution]
  let normalizations: [BatchNormalization]
  let sum: Sum

  /// A block under `path`.
  ///
  /// - Parameters:
  ///   - inputs: input channels I.
  ///   - width: channels between the convolutions.
  ///   - outputs: output channels O.
  ///   - stride: of the 3 × 3 convolution that has one.
  public init(
    _ path: String, _ form: ResidualNetwork.Form, _ order: ResidualNetwork.Order, _ shortcut: ResidualNetwork.Shortcut,
    inputs: Int, width: Int, outputs: Int, stride: Int
  ) {
    self.order = order
    convolutions =
      switch form {
      case .basic:
        [
          .square(path + ".conv1", inputs, width, kernel: 3, stride: stride),
          .square(path + ".conv2", width, outputs, kernel: 3),
        ]
      case .bottleneck:
        [
          .square(path + ".conv1", inputs, width, kernel: 1),
          .square(path + ".conv2", width, width, kernel: 3, stride: stride),
          .square(path + ".conv3", width, outputs, kernel: 1),
        ]
      }
    let (before, after) = (convolutions.map(\.geometry.inputChannels), convolutions.map(\.geometry.outputChannels))
    let channels =
      switch order {
      case .original: after
      case .preactivation: before
      case .pyramidal: before + [outputs]
      }
    normalizations = channels.enumerated().map { BatchNormalization("\(path).bn\($0 + 1)", channels: $1) }
    let keepsShape = inputs == outputs && stride == 1
    switch shortcut {
    case .none: sum = .nothing
    case .projection where !keepsShape:
      sum = .projection(
        .square(path + ".downsample.0", inputs, outputs, kernel: 1, stride: stride),
        order == .original ? BatchNormalization(path + ".downsample.1", channels: outputs) : nil)
    case .zeroPadding where !keepsShape:
      precondition(outputs >= inputs, "\(path): padding does not bring \(inputs) channels to \(outputs)")
      sum = .padded(stride: stride, channels: outputs - inputs)
    case .projection, .zeroPadding: sum = .input
    }
  }

  public var declarations: [ParameterDeclaration] {
    var result = convolutions.flatMap(\.declarations) + normalizations.flatMap(\.declarations)
    if case .projection(let convolution, let normalization) = sum {
      result += convolution.declarations + (normalization?.declarations ?? [])
    }
    return result
  }

  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault` where there is no output.
  public func outputShape(of input: Shape) throws(GeometryFault) -> Shape { try convolutions.outputShape(of: input) }

  /// - Shapes: [B, H, W, I] → [B, H′, W′, O].
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    switch order {
    case .original:
      var y = x
      for (index, (convolution, normalization)) in zip(convolutions, normalizations).enumerated() {
        let isLast = index == convolutions.count - 1
        y = normalization.forward(convolution.forward(y, pass), pass, activation: isLast ? nil : .relu)
      }
      return added(x, to: y, pass).relu()
    case .preactivation:
      let activated = normalizations[0].forward(x, pass, activation: .relu)
      let y = convolved(convolutions[0].forward(activated, pass), pass)
      // A projection begins with the normalized input, as the convolutions do.
      if case .projection = sum { return added(activated, to: y, pass) }
      return added(x, to: y, pass)
    case .pyramidal:
      let y = convolved(convolutions[0].forward(normalizations[0].forward(x, pass), pass), pass)
      return added(x, to: normalizations[convolutions.count].forward(y, pass), pass)
    }
  }

  /// The convolutions after the first, each of the normalized and activated output of the one before.
  private func convolved<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    zip(convolutions, normalizations).dropFirst().reduce(x) { y, layer in
      layer.0.forward(layer.1.forward(y, pass, activation: .relu), pass)
    }
  }

  private func added<S: Scalar>(_ x: Variable<S>, to y: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    switch sum {
    case .nothing: return y
    case .input: return y + x
    case .projection(let convolution, let normalization):
      let projected = convolution.forward(x, pass)
      return y + (normalization?.forward(projected, pass) ?? projected)
    case .padded(let stride, let channels):
      let window = SlidingWindow(stride, stride: stride, padding: .same)
      let pooled =
        stride == 1 ? x : x.pooled(PoolingGeometry(.average(countingPadding: false), windows: [window, window]))
      return y + (channels == 0 ? pooled : pooled.padded(axis: 3, before: 0, after: channels))
    }
  }
}
