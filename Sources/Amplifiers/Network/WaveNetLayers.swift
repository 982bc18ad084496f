import KodamaLayers
import KodamaTensors

/// The layers of a WaveNet for regression.
///
/// - Source: as of `AmplifierWaveNet`.
struct WaveNetLayers: AmplifierNetwork {
  let network: AmplifierWaveNet
  let lookback: Int
  private let arrays: [ArrayLayers]
  private let postHead: [Convolution]
  private let scale: ParameterDeclaration

  /// - Precondition: the condition is the input.
  init(_ network: AmplifierWaveNet, headScale: Double) {
    precondition(network.condition == nil, "the network has a model for its condition")
    self.network = network
    lookback =
      network.arrays.reduce(0) { $0 + $1.lookback }
      + (network.postHead?.kernelSizes.reduce(0) { $0 + $1 - 1 } ?? 0)
    arrays = network.arrays.enumerated().map { ArrayLayers($1, under: "layers.\($0).") }
    let outputs = network.arrays[network.arrays.count - 1].head.outputChannels
    postHead = (network.postHead?.sizes(inputs: outputs) ?? []).enumerated().map { index, size in
      Convolution("head.\(index)", .valid(size.inputs, size.outputs, size.taps))
    }
    scale = ParameterDeclaration("head_scale", [1], .constant(headScale), role: .state)
  }

  var declarations: [ParameterDeclaration] {
    arrays.flatMap(\.declarations) + postHead.flatMap(\.declarations) + [scale]
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    var (h, sum): (Variable<S>, Variable<S>?) = (x, nil)
    for array in arrays { (h, sum) = array.forward(h, condition: x, sum: sum, pass) }
    var y = sum! * pass.parameter(scale.name)
    for convolution in postHead { y = convolution.forward(network.postHead!.activation.forward(y), pass) }
    // Where a head has a longer past than the layers beside it, there are more.
    return y.last(x.shape[1] - lookback)
  }
}

extension ConvolutionGeometry {
  /// A dilated convolution whose outputs have all their inputs.
  fileprivate static func valid(
    _ inputs: Int, _ outputs: Int, _ taps: Int, dilation: Int = 1, groups: Int = 1
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputChannels: inputs, outputChannels: outputs, groups: groups,
      windows: [SlidingWindow(taps, dilation: dilation, padding: .explicit(before: 0, after: 0))])
  }
}

extension Variable {
  /// The last elements along time.
  fileprivate func last(_ count: Int) -> Variable {
    let length = shape[1]
    return count == length ? self : sliced(axis: 1, length - count..<length)
  }
}

/// The layers of an array.
private struct ArrayLayers {
  let array: LayerArray
  let rechannel: Convolution
  let layers: [LayerParts]
  let head: Convolution

  init(_ array: LayerArray, under path: String) {
    self.array = array
    rechannel = Convolution(path + "rechannel", .valid(array.inputChannels, array.channels, 1), bias: false)
    layers = array.layers.enumerated().map { LayerParts($1, in: array, under: "\(path)\($0).") }
    head = Convolution(
      path + "head",
      .valid(array.sumChannels, array.head.outputChannels, array.head.kernelSize, dilation: array.head.dilation),
      bias: array.head.bias)
  }

  var declarations: [ParameterDeclaration] {
    rechannel.declarations + layers.flatMap(\.declarations) + head.declarations
  }

  /// The output of the last layer and that of the head.
  func forward<S: Scalar>(
    _ x: Variable<S>, condition: Variable<S>, sum: Variable<S>?, _ pass: Pass<S>
  ) -> (Variable<S>, Variable<S>) {
    var h = rechannel.forward(x, pass)
    // What the head reads: the last of the array's outputs, and its own past.
    let full = h.shape[1] - array.layers.reduce(0) { $0 + $1.lookback }
    let length = min(full, sum?.shape[1] ?? full)
    var total = sum?.last(length)
    if let stack = stack(condition: condition, pass) {
      let (next, terms) = h.residualStack(stack, condition: condition.last(h.shape[1]).value)
      let all = total.map { $0 + terms.last(length) } ?? terms.last(length)
      return (next, head.forward(all, pass))
    }
    for layer in layers {
      let (next, term) = layer.forward(h, condition: condition.last(h.shape[1]), pass)
      total = total.map { $0 + term.last(length) } ?? term.last(length)
      h = next
    }
    return (h, head.forward(total!, pass))
  }

  /// The layers as one operator; nil where they are composed of others.
  private func stack<S: Scalar>(
    condition: Variable<S>, _ pass: Pass<S>
  ) -> [ResidualStackLayer<Variable<S>>]? {
    guard pass.tape.workspace.fusesResidualStacks, !condition.hasGradient else { return nil }
    let found = layers.compactMap { $0.fused(pass) }
    return found.count == layers.count ? found : nil
  }
}

extension AmplifierActivation {
  /// The function of residual stacks; nil where they have none.
  fileprivate var ofStacks: ResidualStackActivation? {
    switch self {
    case .tanh: .tanh
    case .relu: .leakyReLU(slope: 0)
    case .leakyReLU(let slope) where slope >= 0: .leakyReLU(slope: Double(slope))
    default: nil
    }
  }
}

/// The products of a layer.
private struct LayerParts {
  let layer: LayerArray.Layer
  let array: LayerArray
  let main: Convolution
  let mixin: Convolution
  let pointwise: Convolution?
  let headPointwise: Convolution?
  let modulations: [ModulationSite: Convolution]

  init(_ layer: LayerArray.Layer, in array: LayerArray, under path: String) {
    (self.layer, self.array) = (layer, array)
    let (gate, conditions) = (array.gateChannels(layer), array.conditionChannels)
    main = Convolution(
      path + "conv",
      .valid(array.channels, gate, layer.kernelSize, dilation: layer.dilation, groups: array.groups))
    mixin = Convolution(path + "mixin", .valid(conditions, gate, 1, groups: array.mixinGroups), bias: false)
    pointwise = array.pointwiseGroups.map {
      Convolution(path + "layer1x1", .valid(array.bottleneck, array.channels, 1, groups: $0))
    }
    headPointwise = array.headPointwise.map {
      Convolution(path + "head1x1", .valid(array.bottleneck, $0.outputChannels, 1, groups: $0.groups))
    }
    var modulations: [ModulationSite: Convolution] = [:]
    for (site, modulation) in array.modulations {
      guard let channels = array.modulatedChannels(at: site, of: layer) else { continue }
      modulations[site] = Convolution(
        path + site.rawValue,
        .valid(conditions, modulation.hasShift ? 2 * channels : channels, 1, groups: modulation.groups))
    }
    self.modulations = modulations
  }

  var declarations: [ParameterDeclaration] {
    main.declarations + mixin.declarations + (pointwise?.declarations ?? []) + (headPointwise?.declarations ?? [])
      + ModulationSite.allCases.flatMap { modulations[$0]?.declarations ?? [] }
  }

  /// The layer as one of a residual stack; nil where it has more than these.
  func fused<S: Scalar>(_ pass: Pass<S>) -> ResidualStackLayer<Variable<S>>? {
    guard
      array.groups == 1, array.mixinGroups == 1, array.pointwiseGroups == 1, layer.gating == .none,
      headPointwise == nil, modulations.isEmpty, let pointwise, let activation = layer.activation.ofStacks,
      let bias = main.bias(in: pass), let pointwiseBias = pointwise.bias(in: pass)
    else { return nil }
    return ResidualStackLayer(
      taps: layer.kernelSize, dilation: layer.dilation, activation: activation,
      weight: main.weight.variable(in: pass), bias: bias, conditionWeight: mixin.weight.variable(in: pass),
      pointwiseWeight: pointwise.weight.variable(in: pass), pointwiseBias: pointwiseBias)
  }

  /// The next layer's input, and the term of the head's sum.
  ///
  /// - Parameter past: the condition, as long as x.
  func forward<S: Scalar>(
    _ x: Variable<S>, condition past: Variable<S>, _ pass: Pass<S>
  ) -> (next: Variable<S>, term: Variable<S>) {
    func modulated(_ site: ModulationSite, _ x: Variable<S>, by condition: Variable<S>) -> Variable<S> {
      guard let product = modulations[site] else { return x }
      let factors = product.forward(condition, pass)
      let channels = x.shape[2]
      if factors.shape[2] == channels { return x * factors }
      return x * factors.sliced(axis: 2, 0..<channels) + factors.sliced(axis: 2, channels..<2 * channels)
    }
    let condition = past.last(past.shape[1] - layer.lookback)
    let convolved = main.forward(modulated(.convolutionInput, x, by: past), pass)
    let mixed = mixin.forward(modulated(.mixinInput, condition, by: condition), pass)
    let sum =
      modulated(.convolutionOutput, convolved, by: condition) + modulated(.mixinOutput, mixed, by: condition)
    let a = modulated(.activationInput, sum, by: condition)
    let z = modulated(.activationOutput, gated(a), by: condition)
    let term = headPointwise.map { modulated(.headPointwiseOutput, $0.forward(z, pass), by: condition) } ?? z
    let residual = x.last(a.shape[1])
    guard let pointwise else { return (residual, term) }
    var r = pointwise.forward(z, pass)
    if case .blended = layer.gating { r = modulated(.pointwiseOutput, r, by: condition) }
    return (residual + r, term)
  }

  private func gated<S: Scalar>(_ a: Variable<S>) -> Variable<S> {
    guard let second = layer.gating.second else { return layer.activation.forward(a) }
    let (first, gate) = (
      a.sliced(axis: 2, 0..<array.bottleneck), a.sliced(axis: 2, array.bottleneck..<2 * array.bottleneck)
    )
    let (f, g) = (layer.activation.forward(first), second.forward(gate))
    if case .blended = layer.gating { return g * f + (g * -1 + 1) * first }
    return f * g
  }
}
