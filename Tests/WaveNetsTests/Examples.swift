import KodamaCheckpoints
import KodamaInference
import KodamaCore
import KodamaLayers
import KodamaSignal
import KodamaTensors

@testable import KodamaWaveNets

/// Configurations that together use everything a configuration can say.
enum Examples {
  static let configurations: [String: WaveNetConfiguration] = [
    "plain": WaveNetConfiguration(
      dilations: [1, 2, 4, 1, 2], residualChannels: 5, gateChannels: 4, skipChannels: 6, headChannels: 7, classes: 9),
    "kernel 3, no biases": WaveNetConfiguration(
      kernelSize: 3, dilations: [1, 3, 2], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 8,
      bias: false),
    "scaled": WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 3, gateChannels: 5, skipChannels: 4, classes: 6,
      residualScale: 0.5.squareRoot(),
      skipScale: 0.7),
    "weight normalization": WaveNetConfiguration(
      dilations: [2, 1], residualChannels: 4, gateChannels: 4, skipChannels: 4, classes: 5, weightNormalization: true),
    "scalar input": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 7, input: .scalar),
    "labels": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 5, gateChannels: 4, skipChannels: 6, classes: 9,
      conditioning: Conditioning(
        channels: 3, labels: [LabelSet("speaker", ["anna", "ben", "cleo"]), LabelSet("digit", ["0", "1"])])),
    "labels, everything": WaveNetConfiguration(
      kernelSize: 3, dilations: [1, 2], residualChannels: 3, gateChannels: 5, skipChannels: 4, classes: 6,
      input: .scalar, bias: false, weightNormalization: true, residualScale: 0.5.squareRoot(), skipScale: 0.7,
      conditioning: Conditioning(channels: 2, labels: [LabelSet("voice", ["a", "b", "c", "d"])])),
    "mixture": WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 4, gateChannels: 3, skipChannels: 5, input: .scalar, output: .gaussians,
      mixtureComponents: 2, mixtureGain: 2, logScaleFloor: -8, preemphasis: 0.95),
    "features": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 5, gateChannels: 4, skipChannels: 6, classes: 9,
      conditioning: Conditioning(
        channels: 3, labels: [LabelSet("speaker", ["anna", "ben", "cleo"])],
        features: FeatureConditioning(
          .frames(channels: 4, hopLength: 6), contextFrames: 1,
          upsampling: FeatureConditioning.Upsampling(.transposed, factors: [3, 2])))),
    "features, linear": WaveNetConfiguration(
      kernelSize: 3, dilations: [1, 2], residualChannels: 3, gateChannels: 5, skipChannels: 4, classes: 6,
      input: .scalar, bias: false, weightNormalization: true, residualScale: 0.5.squareRoot(), skipScale: 0.7,
      conditioning: Conditioning(
        features: FeatureConditioning(
          .frames(channels: 2, hopLength: 4), upsampling: FeatureConditioning.Upsampling(.linear, hopLength: 4)))),
    "features, nearest": WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 7,
      conditioning: Conditioning(
        features: FeatureConditioning(
          .frames(channels: 3, hopLength: 5), contextFrames: 2,
          upsampling: FeatureConditioning.Upsampling(.nearest, factors: [5])))),
    "mel": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 6, gateChannels: 4, skipChannels: 7, classes: 8,
      conditioning: Conditioning(
        features: FeatureConditioning(
          .logMel(LogMelConvention(sampleRate: 8000, fftLength: 64, hopLength: 8, bands: 5)), contextFrames: 2,
          upsampling: FeatureConditioning.Upsampling(.transposed, factors: [2, 4])))),
    "signal": WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 6,
      conditioning: Conditioning(features: FeatureConditioning(.signal))),
    "signal with context": WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 6,
      conditioning: Conditioning(features: FeatureConditioning(.signal, contextFrames: 2))),
    "recurrent": WaveNetConfiguration(recurrentUnits: 7, inputChannels: 4, headChannels: 6, classes: 9),
    "recurrent, no biases": WaveNetConfiguration(
      recurrentUnits: 5, inputChannels: 3, headChannels: 4, classes: 8, input: .scalar, bias: false,
      weightNormalization: true,
      conditioning: Conditioning(channels: 2, labels: [LabelSet("voice", ["a", "b", "c"])])),
    "recurrent, features": WaveNetConfiguration(
      recurrentUnits: 6, inputChannels: 3, headChannels: 5, classes: 7,
      conditioning: Conditioning(
        channels: 3, labels: [LabelSet("speaker", ["anna", "ben", "cleo"])],
        features: FeatureConditioning(
          .frames(channels: 2, hopLength: 6), contextFrames: 1,
          upsampling: FeatureConditioning.Upsampling(.transposed, factors: [3, 2])))),
    "kernel 1, one block": WaveNetConfiguration(
      kernelSize: 1, dilations: [1], residualChannels: 6, gateChannels: 5, skipChannels: 8, classes: 4),
  ]

  static var names: [String] { configurations.keys.sorted() }

  static var namesWithoutFeatures: [String] { names.filter { configurations[$0]?.conditioning.features == nil } }

  static var namesWithFeatures: [String] { names.filter { configurations[$0]?.conditioning.features != nil } }

  static func input(_ configuration: WaveNetConfiguration, shape: Shape, seed: UInt64 = 5) -> WaveNetInput {
    var random = Philox(seed: seed)
    let conditions = conditions(configuration, count: shape[0])
    let features = features(configuration, shape: shape)
    switch configuration.input {
    case .embedding:
      return WaveNetInput(
        codes: (0..<shape.count).map { _ in Int32(random.integer(below: configuration.levels)) }, shape: shape,
        conditions: conditions, features: features)
    case .scalar:
      return WaveNetInput(
        samples: (0..<shape.count).map { _ in Float(2 * random.uniform() - 1) }, shape: shape, conditions: conditions,
        features: features)
    }
  }

  /// Nil where the network is not conditioned on features.
  static func features(_ configuration: WaveNetConfiguration, shape: Shape) -> FeatureWindow? {
    configuration.conditioning.features.map { features in
      var random = Philox(seed: 7)
      let window: Shape = [shape[0], features.windowFrames(steps: shape[1]), features.channels]
      return FeatureWindow((0..<window.count).map { _ in Float(random.normal()) }, shape: window)
    }
  }

  /// Of every second signal a mixture, where the network is conditioned.
  static func conditions(_ configuration: WaveNetConfiguration, count: Int) -> [Conditions] {
    let conditioning = configuration.conditioning
    return (0..<count).map { number in
      let single = conditioning.conditions(number: 3 * number + 1)
      if number % 2 == 0 { return single }
      return Conditions(
        zip(single.mixtures, conditioning.labels).map { shares, set in
          let label = shares[0].row
          return [RowShare(label, 0.25), RowShare((label + 1) % set.values.count, 0.75)]
        })
    }
  }

  static func targets(_ configuration: WaveNetConfiguration, count: Int) -> [Int32] {
    var random = Philox(seed: 6)
    return (0..<count).map { _ in Int32(random.integer(below: configuration.levels)) }
  }
}
