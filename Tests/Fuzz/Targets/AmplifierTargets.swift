import Kodama

/// Files of models of amplifiers, as others make them.
let amplifierTargets: [FuzzTarget] = [
  FuzzTarget(
    "nam", "a .nam file, and a few samples through its model", form: .text,
    seeds: { ExampleAmplifiers.all.map { Array($0.fileText.utf8) } }
  ) { bytes, _ in
    let model = try AmplifierModel(parsing: bytes, path: "x.nam")
    _ = try AmplifierModel(parsing: Array(model.fileText.utf8), path: "again.nam")
    // Silence as long as the past is played first.
    if let lookback = model.architecture.lookback, lookback > 20_000 { return }
    let processor = AmplifierProcessor(model)
    _ = processor.process((0..<processor.inputChannels).map { _ in [0.5, -0.25, 0, 0.125] })
  }
]

/// Small models of every architecture.
enum ExampleAmplifiers {
  static let all: [AmplifierModel] = {
    let layer = LayerArray.Layer(kernelSize: 2, dilation: 3, activation: .tanh, gating: .gated(by: .sigmoid))
    let plain = LayerArray(
      inputChannels: 1, conditionChannels: 1, channels: 2, layers: [layer, layer],
      head: LayerArray.Head(outputChannels: 1, bias: true))
    var full = plain
    full.headPointwise = LayerArray.HeadPointwise(outputChannels: 2, groups: 2)
    full.modulations = [.convolutionInput: Modulation(), .activationOutput: Modulation(hasShift: false)]
    full.head = LayerArray.Head(outputChannels: 1, kernelSize: 3, dilation: 2, bias: false)
    full.layers[0].activation = .prelu(slopes: [0.1, 0.2])
    var cut = plain
    cut.allowedChannels = [1, 2]
    let head = AmplifierWaveNet.PostHead(channels: 2, outputChannels: 1, kernelSizes: [2, 1], activation: .softsign)
    let networks: [AmplifierArchitecture] = [
      .waveNet(AmplifierWaveNet(arrays: [plain])),
      .waveNet(AmplifierWaveNet(arrays: [full], postHead: head)),
      .waveNet(AmplifierWaveNet(arrays: [cut])),
      .lstm(AmplifierLSTM(units: 2, layers: 2)),
      .convNet(AmplifierConvNet(channels: 2, dilations: [1, 2], isNormalized: true, activation: .relu)),
      .linear(AmplifierLinear(receptiveField: 4, hasBias: true)),
    ]
    let models = networks.map(model)
    let container = AmplifierArchitecture.container([
      .init(limit: 0.5, model: models[5]), .init(limit: 1, model: models[3]),
    ])
    return models + [AmplifierModel(container, weights: [], sampleRate: 48_000)]
  }()

  private static func model(_ architecture: AmplifierArchitecture) -> AmplifierModel {
    let weights = (0..<architecture.weightCount).map { Float(($0 * 7) % 11) / 8 }
    return AmplifierModel(architecture, weights: weights, sampleRate: 48_000)
  }
}
