import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// Networks that are conditioned on labels, on features or on both, in every way there is.
enum ConditionedExamples {
  private static let labels = [LabelSet("speaker", ["anna", "ben", "cleo"]), LabelSet("digit", ["0", "1"])]

  static let configurations: [String: WaveNetConfiguration] = [
    "labels": small(Conditioning(channels: 5, labels: labels)),
    "labels, everything": everything(Conditioning(channels: 5, labels: labels)),
    "labels, kernel 1": WaveNetConfiguration(
      kernelSize: 1, dilations: [1, 1], residualChannels: 6, gateChannels: 5, skipChannels: 8, classes: 4,
      conditioning: Conditioning(channels: 5, labels: labels)),
    "labels, tiny": preset(.tiny, Conditioning(channels: 5, labels: labels)),
    "nearest": small(.frames(channels: 3, hopLength: 5), .init(.nearest, factors: [5])),
    "linear, context": small(.frames(channels: 4, hopLength: 6), .init(.linear, factors: [6]), context: 1),
    "transposed, labels": small(
      .frames(channels: 19, hopLength: 12), .init(.transposed, factors: [4, 3]), context: 2, labels: labels),
    "signal": small(.signal, .init(.nearest, factors: [])),
    "signal, context": small(.signal, .init(.nearest, factors: []), context: 3),
    "recurrent, labels": WaveNetConfiguration(
      recurrentUnits: 21, inputChannels: 6, headChannels: 10, classes: 9,
      conditioning: Conditioning(channels: 5, labels: labels)),
    "recurrent, labels, features": WaveNetConfiguration(
      recurrentUnits: 48, inputChannels: 6, headChannels: 18, classes: 12, input: .scalar, weightNormalization: true,
      conditioning: Conditioning(
        channels: 5, labels: labels,
        features: FeatureConditioning(.frames(channels: 17, hopLength: 12), contextFrames: 1))),
    "features, everything": everything(
      Conditioning(
        channels: 5, labels: labels,
        features: FeatureConditioning(.frames(channels: 33, hopLength: 100), contextFrames: 1))),
  ]

  /// Large enough for two threads.
  static let large: [String: WaveNetConfiguration] = [
    "labels, reference": preset(.reference, Conditioning(channels: 5, labels: labels)),
    "features, reference": preset(
      .reference,
      Conditioning(
        labels: labels, features: FeatureConditioning(.frames(channels: 20, hopLength: 64), contextFrames: 1))),
  ]

  private static func small(_ conditioning: Conditioning) -> WaveNetConfiguration {
    WaveNetConfiguration(
      dilations: [1, 2, 4, 1, 2], residualChannels: 5, gateChannels: 4, skipChannels: 6, headChannels: 7, classes: 9,
      conditioning: conditioning)
  }

  private static func small(
    _ source: FeatureConditioning.Source, _ upsampling: FeatureConditioning.Upsampling, context: Int = 0,
    labels: [LabelSet] = []
  ) -> WaveNetConfiguration {
    small(
      Conditioning(
        channels: 5, labels: labels,
        features: FeatureConditioning(source, contextFrames: context, upsampling: upsampling)))
  }

  private static func everything(_ conditioning: Conditioning) -> WaveNetConfiguration {
    WaveNetConfiguration(
      kernelSize: 3, dilations: [4, 1, 9], residualChannels: 40, gateChannels: 24, skipChannels: 50, headChannels: 20,
      classes: 256, input: .scalar, bias: false, weightNormalization: true, residualScale: 0.5.squareRoot(),
      skipScale: 0.3, conditioning: conditioning)
  }

  private static func preset(_ preset: Preset, _ conditioning: Conditioning) -> WaveNetConfiguration {
    var configuration = preset.configuration
    configuration.conditioning = conditioning
    return configuration
  }

  static var names: [String] { configurations.keys.sorted() }
  static var featureNames: [String] { names.filter { configurations[$0]!.conditioning.features != nil } }

  static func network(_ name: String) -> (WaveNet, Parameters<Float>) {
    let network = WaveNet((configurations[name] ?? large[name])!)
    return (network, Parameters<Float>(network.declarations, seed: 1))
  }

  /// What conditions a signal of some samples: labels by number where the seed is even, a mixture of them where it is odd,
  /// and features.
  static func conditions(
    _ configuration: WaveNetConfiguration, samples: Int, seed: Int = 3
  ) throws -> Conditions {
    let conditioning = configuration.conditioning
    var conditions = conditioning.conditions(number: seed)
    if seed % 2 == 1 && !conditioning.labels.isEmpty {
      conditions = try conditioning.conditions(["speaker": "ben:\(seed),cleo:7", "digit": "1"])
    }
    guard let features = conditioning.features else { return conditions }
    var random = Philox(seed: UInt64(seed))
    let frames = (samples + features.hopLength - 1) / features.hopLength
    let numbers = (0..<frames * features.channels).map { _ in Float(2 * random.uniform() - 1) }
    return conditions.with(FeatureSequence(numbers, channels: features.channels))
  }

  /// The network's logits, [T, classes].
  static func logits(_ name: String, of codes: [Int32], _ conditions: Conditions) -> Tensor<Float> {
    let (network, parameters) = network(name)
    let window = network.configuration.conditioning.features.map {
      $0.window(of: conditions.features!, steps: 0..<codes.count)
    }
    let input = network.input(
      previous: [WaveNet.start] + codes.dropLast(), shape: [1, codes.count], conditions: [conditions], features: window)
    return network.logits(input, Pass(parameters)).value.reshaped([codes.count, network.configuration.classes])
  }
}
