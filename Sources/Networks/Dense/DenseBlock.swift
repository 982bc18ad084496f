import KodamaLayers
import KodamaTensors

/// A layer of a dense block: a 1 × 1 convolution to few channels, if any, and a 3 × 3 convolution to the growth rate, each
/// after batch normalization and ReLU; its output follows its input along the channels.
///
/// - Shapes: [B, H, W, C] → [B, H, W, C + k], for a growth rate of k.
/// - Parameters in checkpoints: `<path>.norm1.*`, `<path>.conv1.weight`, `<path>.norm2.*`, `<path>.conv2.weight`.
/// - Source: Huang et al. 2017, §3.
struct DenseLayer: MapLayer, Equatable {
  let units: [PreactivatedUnit]

  init(_ path: String, inputs: Int, growthRate: Int, bottleneck: Int?) {
    func unit(_ index: Int, _ inputs: Int, _ outputs: Int, kernel: Int) -> PreactivatedUnit {
      // By the number of inputs, as torchvision has it here.
      let initializer = Initializer.heNormal(fan: inputs * kernel * kernel)
      return PreactivatedUnit(
        "\(path).norm\(index)",
        .square("\(path).conv\(index)", inputs, outputs, kernel: kernel, initializer: initializer))
    }
    if let bottleneck {
      let width = bottleneck * growthRate
      units = [unit(1, inputs, width, kernel: 1), unit(2, width, growthRate, kernel: 3)]
    } else {
      units = [unit(1, inputs, growthRate, kernel: 3)]
    }
  }

  var declarations: [ParameterDeclaration] { units.declarations }

  func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    let added = try units.outputShape(of: input)
    return added.replacingLast(input.last + added.last)
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    .concatenated([x, units.forward(x, pass)], axis: 3)
  }
}

/// A dense block and the transition after it, if any: batch normalization, ReLU, a 1 × 1 convolution to fewer channels,
/// and average pooling of 2 × 2.
///
/// - Shapes: [B, H, W, C] → [B, H, W, C + n · k]; with a transition [B, ⌊H / 2⌋, ⌊W / 2⌋, ⌊compression · (C + n · k)⌋].
/// - Parameters in checkpoints: those of its layers under `features.denseblock<index>.denselayer<layer>`, both from 1;
///   `features.transition<index>.norm.*` and `features.transition<index>.conv.weight`.
/// - Source: Huang et al. 2017, §3.
struct DenseBlock: MapLayer, Equatable {
  let layers: [DenseLayer]
  let transition: PreactivatedUnit?
  let outputChannels: Int

  /// - Parameter compression: nil for the last block, which has no transition.
  init(index: Int, inputs: Int, layers count: Int, growthRate: Int, bottleneck: Int?, compression: Double?) {
    layers = (0..<count).map { layer in
      DenseLayer(
        "features.denseblock\(index).denselayer\(layer + 1)", inputs: inputs + layer * growthRate,
        growthRate: growthRate, bottleneck: bottleneck)
    }
    let channels = inputs + count * growthRate
    outputChannels = compression.map { max(1, Int(Double(channels) * $0)) } ?? channels
    let path = "features.transition\(index)"
    transition =
      compression == nil
      ? nil
      : PreactivatedUnit(
        path + ".norm",
        .square(path + ".conv", channels, outputChannels, kernel: 1, initializer: .heNormal(fan: channels)))
  }

  var declarations: [ParameterDeclaration] { layers.declarations + (transition?.declarations ?? []) }

  func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    let shape = try layers.outputShape(of: input)
    guard let transition else { return shape }
    return try Pooling.halvingAverage.outputShape(of: transition.outputShape(of: shape))
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let y = layers.forward(x, pass)
    return transition.map { Pooling.halvingAverage.forward($0.forward(y, pass), pass) } ?? y
  }
}
