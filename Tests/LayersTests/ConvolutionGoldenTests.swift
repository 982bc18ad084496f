import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

/// A layer of one input and one output.
private protocol SignalLayer: Layer {
  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S>
}

extension Convolution: SignalLayer {}
extension TransposedConvolution: SignalLayer {}
extension Pooling: SignalLayer {}
extension BatchNormalization: SignalLayer {}
extension GroupNormalization: SignalLayer {}
extension LayerNormalization: SignalLayer {}
extension RMSNormalization: SignalLayer {}

/// Convolutions, pooling and normalizations against PyTorch 2.15, outputs and all gradients; `convolution_golden.py`
/// beside this file wrote the numbers.
@Suite struct ConvolutionGoldenTests {
  @Test(arguments: ConvolutionGolden.convolutions.indices) func convolutionsEqualPyTorch(_ index: Int) throws {
    let golden = ConvolutionGolden.convolutions[index]
    let windows = golden.windows.map(\.sliding)
    let inputs = golden.input[golden.input.count - 1]
    if let outputPadding = golden.outputPadding {
      let layer = TransposedConvolution(
        "n", inputChannels: inputs, outputChannels: golden.outputs, groups: golden.groups, windows: windows,
        outputPadding: outputPadding, bias: golden.hasBias)
      try check(layer, golden, "case \(index)")
    } else {
      let layer = Convolution(
        "n",
        ConvolutionGeometry(
          inputChannels: inputs, outputChannels: golden.outputs, groups: golden.groups, windows: windows),
        bias: golden.hasBias)
      try check(layer, golden, "case \(index)")
    }
  }

  @Test(arguments: ConvolutionGolden.poolings.indices) func poolingsEqualPyTorch(_ index: Int) throws {
    let golden = ConvolutionGolden.poolings[index]
    let windows = golden.windows.map(\.sliding)
    let global: [String: Pooling] = ["globalAverage": .globalAverage, "globalMaximum": .globalMaximum]
    let sliding: [String: PoolingGeometry.Kind] = [
      "maximum": .maximum, "average": .average(countingPadding: false),
      "averageCountingPadding": .average(countingPadding: true),
    ]
    let layer = try #require(
      global[golden.kind] ?? sliding[golden.kind].map { .sliding(PoolingGeometry($0, windows: windows)) })
    try check(layer, golden, "case \(index)")
  }

  @Test(arguments: ConvolutionGolden.normalizations.indices) func normalizationsEqualPyTorch(_ index: Int) throws {
    let golden = ConvolutionGolden.normalizations[index]
    let (channels, epsilon, isAffine) = (golden.input[golden.input.count - 1], golden.epsilon, golden.isAffine)
    let shape = Shape(golden.input.suffix(golden.axes))
    let what = "case \(index), \(golden.kind)"
    switch golden.kind {
    case "training", "evaluation":
      let layer = BatchNormalization(
        "n", channels: channels, epsilon: epsilon, momentum: golden.momentum, isAffine: isAffine)
      let phase: Phase = golden.kind == "training" ? .training(seed: 1) : .inference
      try check(layer, golden, phase: phase, what)
    case "instance":
      let layer = GroupNormalization.instance("n", channels: channels, epsilon: epsilon, isAffine: isAffine)
      try check(layer, golden, what)
    case "group":
      let layer = GroupNormalization(
        "n", groups: golden.groups, channels: channels, epsilon: epsilon, isAffine: isAffine)
      try check(layer, golden, what)
    case "layer":
      let layer = LayerNormalization("n", shape, epsilon: epsilon, isAffine: isAffine)
      try check(layer, golden, what)
    case "rms":
      let layer = RMSNormalization("n", shape, epsilon: epsilon, isAffine: isAffine)
      try check(layer, golden, what)
    default: Issue.record("no normalization is \(golden.kind)")
    }
  }

  /// Both precisions: single within 1e-5, double within half a unit of the seventh digit, the last that is stored.
  private func check(
    _ layer: some SignalLayer, _ golden: some GoldenCase, phase: Phase = .inference, _ what: String
  ) throws {
    try compare(layer, golden, phase, in: Float.self, tolerance: 1e-5, what + ", single precision")
    try compare(layer, golden, phase, in: Double.self, tolerance: 5.1e-7, what + ", double precision")
  }

  private func compare<S: Scalar>(
    _ layer: some SignalLayer, _ golden: some GoldenCase, _ phase: Phase, in type: S.Type, tolerance: Double,
    _ what: String
  ) throws {
    // The input is a parameter too, so that its gradient is compared with the others.
    let input = Shape(golden.input)
    let declarations = layer.declarations + [ParameterDeclaration("x", input, .constant(0))]
    let seeds = ["x": 1.0, "n.weight": 2, "n.bias": 3, "n.running_mean": 4, "n.running_var": 5]
    let parameters = try Parameters<S>(declarations) { name in
      let seed = try #require(seeds[name], "\(name) has no seed")
      let shape = declarations.first { $0.name == name }!.shape
      let numbers: Tensor<Double> = ConvolutionGolden.numbers(shape, seed: seed)
      if name != "n.running_var" { return numbers.converted(to: S.self) }
      return Tensor(shape, numbers.elements.map { S(1.5 + 0.5 * $0) })
    }
    let pass = Pass(parameters, phase: phase, recording: true)
    let y = layer.forward(pass.parameter("x"), pass)
    var found = ["y": y.value]
    #expect(y.shape == Shape(golden.shape), "\(what)")
    let projection: Tensor<S> = ConvolutionGolden.numbers(y.shape, seed: 9)
    let gradients = pass.gradients(of: (y * pass.tape.constant(projection)).sum())
    for declaration in declarations {
      let name = declaration.name.replacing("n.", with: "", maxReplacements: 1)
      if declaration.role == .trained {
        found["d" + name] = gradients[declaration.name]
      } else {
        found[name] = pass.stateUpdates[declaration.name] ?? parameters[declaration.name]
      }
    }
    #expect(Set(found.keys) == Set(golden.results.keys), "\(what)")
    for (name, expected) in golden.results {
      expectClose(try #require(found[name]).elements, expected, tolerance: tolerance, "\(what): \(name)")
    }
  }
}
