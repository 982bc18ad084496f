import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

@testable import KodamaCompression

/// Small models and signals for the tests of compression.
enum Examples {
  static let configurations: [String: WaveNetConfiguration] = [
    "plain": WaveNetConfiguration(
      dilations: [1, 2, 4, 8], residualChannels: 8, gateChannels: 6, skipChannels: 12, headChannels: 10, classes: 32),
    "kernel 3, odd channels, no biases": WaveNetConfiguration(
      kernelSize: 3, dilations: [1, 3, 2], residualChannels: 35, gateChannels: 33, skipChannels: 37, classes: 16,
      bias: false),
    "scaled, normalized weights": WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 5, gateChannels: 7, skipChannels: 9, classes: 12,
      weightNormalization: true, residualScale: 0.5.squareRoot(), skipScale: 0.3),
    "scalar input": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 8, input: .scalar),
    "recurrent": WaveNetConfiguration(recurrentUnits: 20, inputChannels: 6, headChannels: 10, classes: 32),
    "kernel 1, one block": WaveNetConfiguration(
      kernelSize: 1, dilations: [1], residualChannels: 6, gateChannels: 5, skipChannels: 8, classes: 4),
  ]

  static var names: [String] { configurations.keys.sorted() }

  /// An untrained model, its weights large enough for what came before to matter.
  static func model(_ name: String = "plain") -> WaveNetModel {
    let configuration = configurations[name]!
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
    parameters.scale(by: 2)
    return WaveNetModel(sampleRate: 8000, configuration: configuration, parameters: parameters)
  }

  /// A signal of codes by chance.
  static func signal(_ configuration: WaveNetConfiguration, steps: Int = 400, seed: UInt64 = 3) -> CalibrationSignal {
    let codes = codes(configuration, count: steps, seed: seed)
    return CalibrationSignal(stretches: [
      CalibrationSignal.Stretch(previous: [WaveNet.start] + codes.dropLast(), observed: 0..<steps)
    ])
  }

  static func codes(_ configuration: WaveNetConfiguration, count: Int, seed: UInt64 = 4) -> [Int32] {
    var random = Philox(seed: seed)
    return (0..<count).map { _ in Int32(random.integer(below: configuration.classes)) }
  }

  static func calibration(_ model: WaveNetModel, workers: Workers = .serial) throws -> Calibration {
    try Calibration(model, signal(model.configuration), workers: workers)
  }

  static func normals(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var random = Philox(seed: seed)
    return (0..<count).map { _ in Float(random.normal()) }
  }
}
