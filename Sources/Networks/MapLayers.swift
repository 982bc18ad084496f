import KodamaLayers
import KodamaTensors

/// A part of a network that takes maps to maps.
protocol MapLayer: Layer {
  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault` where there is no output.
  func outputShape(of input: Shape) throws(GeometryFault) -> Shape

  /// - Shapes: [B, H, W, I] → [B, H′, W′, O].
  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S>
}

extension Convolution: MapLayer {}
extension Pooling: MapLayer {}
extension CeilingMaximumPooling: MapLayer {}

/// Layers of one kind in a row.
extension Array where Element: MapLayer {
  var declarations: [ParameterDeclaration] { flatMap(\.declarations) }

  func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    var shape = input
    for layer in self { shape = try layer.outputShape(of: shape) }
    return shape
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    reduce(x) { $1.forward($0, pass) }
  }
}

extension Convolution {
  /// A convolution of maps with a square kernel of odd size, padded so that a stride of 1 keeps the size.
  ///
  /// - Parameter initializer: of the weight; nil for the normal distribution of He et al. 2015 by the number K² · O of
  ///   outputs of an input. Groups do not change that number, as in torchvision, although each input of a depthwise
  ///   convolution has K² outputs only.
  static func square(
    _ path: String, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1, bias: Bool = false,
    initializer: Initializer? = nil, biasInitializer: Initializer? = nil
  ) -> Convolution {
    let window = SlidingWindow.centered(kernel, stride: stride)
    return Convolution(
      path,
      ConvolutionGeometry(
        inputChannels: inputs, outputChannels: outputs, groups: groups, windows: [window, window]),
      bias: bias, initializer: initializer ?? .heNormal(fan: outputs * kernel * kernel),
      biasInitializer: biasInitializer)
  }
}

extension SlidingWindow {
  /// A window of odd size around its element: padding of (K − 1) / 2 at both ends.
  static func centered(_ kernel: Int, stride: Int = 1) -> SlidingWindow {
    SlidingWindow(kernel, stride: stride, padding: .explicit(before: (kernel - 1) / 2, after: (kernel - 1) / 2))
  }
}

extension Pooling {
  /// Maximum pooling of maps with square windows.
  static func maximum(_ window: SlidingWindow) -> Pooling {
    .sliding(PoolingGeometry(.maximum, windows: [window, window]))
  }

  /// Average pooling of maps with windows of 2 × 2 in steps of 2.
  static let halvingAverage = Pooling.sliding(
    PoolingGeometry(
      .average(countingPadding: false), windows: [SlidingWindow(2, stride: 2), SlidingWindow(2, stride: 2)]))
}

/// A convolution, batch normalization, and an activation or none.
struct ConvolutionUnit: MapLayer, Equatable {
  let convolution: Convolution
  let normalization: BatchNormalization
  let activation: Activation?

  init(_ convolution: Convolution, _ path: String, activation: Activation? = .relu, epsilon: Double = 1e-5) {
    self.convolution = convolution
    normalization = BatchNormalization(path, channels: convolution.geometry.outputChannels, epsilon: epsilon)
    self.activation = activation
  }

  var declarations: [ParameterDeclaration] { convolution.declarations + normalization.declarations }

  func outputShape(of input: Shape) throws(GeometryFault) -> Shape { try convolution.outputShape(of: input) }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    normalization.forward(convolution.forward(x, pass), pass, activation: activation)
  }
}

/// Batch normalization, ReLU, and a convolution: the reverse order.
struct PreactivatedUnit: MapLayer, Equatable {
  let normalization: BatchNormalization
  let convolution: Convolution

  init(_ path: String, _ convolution: Convolution) {
    normalization = BatchNormalization(path, channels: convolution.geometry.inputChannels)
    self.convolution = convolution
  }

  var declarations: [ParameterDeclaration] { normalization.declarations + convolution.declarations }

  func outputShape(of input: Shape) throws(GeometryFault) -> Shape { try convolution.outputShape(of: input) }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    convolution.forward(normalization.forward(x, pass, activation: .relu), pass)
  }
}

extension Int {
  /// Channels multiplied by a factor; at least 4.
  func widened(by factor: Double) -> Int { Swift.max(4, Int((Double(self) * factor).rounded())) }
}
