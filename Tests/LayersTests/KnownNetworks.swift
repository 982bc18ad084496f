import KodamaLayers
import KodamaTensors

/// Networks of the literature put together from layers, for what they cost.
struct KnownNetwork {
  private(set) var declarations: [ParameterDeclaration] = []
  private var steps: [(inout Variable<Float>, Pass<Float>) -> Void] = []

  /// What a forward pass over an input of a shape costs.
  func cost(_ input: Shape) -> NetworkCost {
    NetworkCost(of: declarations) { pass in
      var x = pass.tape.constant(Tensor(input))
      for step in steps { step(&x, pass) }
    }
  }

  private mutating func add(
    _ layer: some Layer, _ step: @escaping (Variable<Float>, Pass<Float>) -> Variable<Float>
  ) {
    declarations += layer.declarations
    steps.append { $0 = step($0, $1) }
  }

  private static func convolution(
    _ path: String, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1, bias: Bool = false
  ) -> Convolution {
    let padding = SlidingWindow.Padding.explicit(before: (kernel - 1) / 2, after: (kernel - 1) / 2)
    let window = SlidingWindow(kernel, stride: stride, padding: padding)
    return Convolution(
      path,
      ConvolutionGeometry(
        inputChannels: inputs, outputChannels: outputs, groups: groups, windows: [window, window]), bias: bias)
  }

  /// A convolution without a bias, batch normalization, ReLU.
  private mutating func block(
    _ path: String, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1
  ) {
    let convolution = Self.convolution(
      path + ".conv", inputs, outputs, kernel: kernel, stride: stride, groups: groups)
    add(convolution) { convolution.forward($0, $1) }
    let normalization = BatchNormalization(path + ".bn", channels: outputs)
    add(normalization) { normalization.forward($0, $1).relu() }
  }

  private mutating func pool(_ kind: PoolingGeometry.Kind, _ window: SlidingWindow) {
    let pooling = Pooling.sliding(PoolingGeometry(kind, windows: [window, window]))
    add(pooling) { pooling.forward($0, $1) }
  }

  /// The largest under windows of 3 × 3 in steps of 2.
  private mutating func poolFirstMaps() {
    pool(.maximum, SlidingWindow(3, stride: 2, padding: .explicit(before: 1, after: 1)))
  }

  /// The mean over all places, and a layer of classes.
  private mutating func classifier(_ channels: Int, classes: Int) {
    let layer = Convolution.pointwise("fc", inputChannels: channels, outputChannels: classes)
    add(layer) { x, pass in
      let pooled = Pooling.globalAverage.forward(x, pass)
      return layer.forward(pooled.reshaped([x.shape[0], 1, channels]), pass)
    }
  }

  /// - Source: Howard et al. 2017, table 1.
  static var mobileNet: KnownNetwork {
    var network = KnownNetwork()
    network.block("0", 3, 32, kernel: 3, stride: 2)
    let widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + Array(repeating: (512, 1), count: 5)
    var channels = 32
    for (index, (width, stride)) in (widths + [(1024, 2), (1024, 1)]).enumerated() {
      network.block("\(index + 1).depthwise", channels, channels, kernel: 3, stride: stride, groups: channels)
      network.block("\(index + 1).pointwise", channels, width, kernel: 1)
      channels = width
    }
    network.classifier(1024, classes: 1000)
    return network
  }

  /// - Source: He et al. 2016, table 1.
  static var resNet18: KnownNetwork {
    var network = KnownNetwork()
    network.block("0", 3, 64, kernel: 7, stride: 2)
    network.poolFirstMaps()
    var channels = 64
    for (stage, width) in [64, 128, 256, 512].enumerated() {
      for block in 0..<2 {
        network.residual("\(stage + 1).\(block)", channels, width, stride: stage > 0 && block == 0 ? 2 : 1)
        channels = width
      }
    }
    network.classifier(512, classes: 1000)
    return network
  }

  /// Two convolutions beside the input, or beside a projection of it.
  private mutating func residual(_ path: String, _ inputs: Int, _ outputs: Int, stride: Int) {
    var (inner, shortcut) = (KnownNetwork(), KnownNetwork())
    inner.block(path + ".0", inputs, outputs, kernel: 3, stride: stride)
    inner.block(path + ".1", outputs, outputs, kernel: 3)
    if inputs != outputs { shortcut.block(path + ".downsample", inputs, outputs, kernel: 1, stride: stride) }
    declarations += inner.declarations + shortcut.declarations
    steps.append { x, pass in
      var (sum, beside) = (x, x)
      for step in inner.steps { step(&sum, pass) }
      for step in shortcut.steps { step(&beside, pass) }
      x = sum + beside
    }
  }

  /// Growth rate 32, bottlenecks of four times that, transitions to half the channels.
  ///
  /// - Source: Huang et al. 2017, table 1.
  static var denseNet121: KnownNetwork {
    var network = KnownNetwork()
    network.block("0", 3, 64, kernel: 7, stride: 2)
    network.poolFirstMaps()
    var channels = 64
    for (stage, count) in [6, 12, 24, 16].enumerated() {
      for layer in 0..<count {
        network.dense("\(stage + 1).\(layer)", channels, growth: 32)
        channels += 32
      }
      if stage == 3 { continue }
      network.preactivated("transition\(stage + 1)", channels, channels / 2, kernel: 1)
      network.pool(.average(countingPadding: true), SlidingWindow(2, stride: 2))
      channels /= 2
    }
    let normalization = BatchNormalization("norm", channels: channels)
    network.add(normalization) { normalization.forward($0, $1).relu() }
    network.classifier(channels, classes: 1000)
    return network
  }

  /// Batch normalization, ReLU, a convolution without a bias.
  private mutating func preactivated(_ path: String, _ inputs: Int, _ outputs: Int, kernel: Int) {
    let normalization = BatchNormalization(path + ".bn", channels: inputs)
    add(normalization) { normalization.forward($0, $1).relu() }
    let convolution = Self.convolution(path + ".conv", inputs, outputs, kernel: kernel)
    add(convolution) { convolution.forward($0, $1) }
  }

  private mutating func dense(_ path: String, _ inputs: Int, growth: Int) {
    var inner = KnownNetwork()
    inner.preactivated(path + ".1", inputs, 4 * growth, kernel: 1)
    inner.preactivated(path + ".2", 4 * growth, growth, kernel: 3)
    declarations += inner.declarations
    steps.append { x, pass in
      var added = x
      for step in inner.steps { step(&added, pass) }
      x = Variable.concatenated([x, added], axis: 3)
    }
  }
}
