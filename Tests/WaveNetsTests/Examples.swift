import KodamaCore
import KodamaLayers
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
    "mixture": WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 4, gateChannels: 3, skipChannels: 5, input: .scalar, output: .gaussians,
      mixtureComponents: 2, mixtureGain: 2, logScaleFloor: -8, preemphasis: 0.95),
    "kernel 1, one block": WaveNetConfiguration(
      kernelSize: 1, dilations: [1], residualChannels: 6, gateChannels: 5, skipChannels: 8, classes: 4),
  ]

  static var names: [String] { configurations.keys.sorted() }

  static func input(_ configuration: WaveNetConfiguration, shape: Shape, seed: UInt64 = 5) -> WaveNetInput {
    var random = Philox(seed: seed)
    switch configuration.input {
    case .embedding:
      return WaveNetInput(
        codes: (0..<shape.count).map { _ in Int32(random.integer(below: configuration.levels)) }, shape: shape)
    case .scalar:
      return WaveNetInput(samples: (0..<shape.count).map { _ in Float(2 * random.uniform() - 1) }, shape: shape)
    }
  }

  static func targets(_ configuration: WaveNetConfiguration, count: Int) -> [Int32] {
    var random = Philox(seed: 6)
    return (0..<count).map { _ in Int32(random.integer(below: configuration.levels)) }
  }
}
