import KodamaCheckpoints
import Foundation
import KodamaCore
import KodamaSignal
import KodamaTensors
import KodamaWaveNets

/// Models that together use everything a configuration can say.
enum Examples {
  static let configurations: [String: WaveNetConfiguration] = [
    "plain": WaveNetConfiguration(
      dilations: [1, 2, 4, 1, 2], residualChannels: 5, gateChannels: 4, skipChannels: 6, headChannels: 7, classes: 9),
    "one block of kernel 1": WaveNetConfiguration(
      kernelSize: 1, dilations: [1], residualChannels: 3, gateChannels: 7, skipChannels: 2, classes: 2),
    "kernel 3, no biases": WaveNetConfiguration(
      kernelSize: 3, dilations: [1, 3, 2], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 8,
      bias: false),
    "kernel 5, odd channels": WaveNetConfiguration(
      kernelSize: 5, dilations: [1, 7, 3], residualChannels: 17, gateChannels: 33, skipChannels: 65, headChannels: 49,
      classes: 101),
    "scaled": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 18, gateChannels: 15, skipChannels: 31, classes: 64,
      residualScale: 0.5.squareRoot(), skipScale: 0.7),
    "weight normalization": WaveNetConfiguration(
      kernelSize: 3, dilations: [2, 1], residualChannels: 16, gateChannels: 20, skipChannels: 12, classes: 50,
      weightNormalization: true),
    "scalar input": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 7, input: .scalar),
    "scalar input, everything": WaveNetConfiguration(
      kernelSize: 3, dilations: [4, 1, 9], residualChannels: 40, gateChannels: 24, skipChannels: 50, headChannels: 20,
      input: .scalar, bias: false, weightNormalization: true, dropout: 0.1, residualScale: 0.5.squareRoot(),
      skipScale: 0.3),
    "labels": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 5, gateChannels: 18, skipChannels: 6, classes: 9,
      conditioning: Conditioning(
        channels: 3, labels: [LabelSet("speaker", ["anna", "ben", "cleo"]), LabelSet("digit", ["0", "1"])])),
    "mixture of logistics": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 5, gateChannels: 6, skipChannels: 9, input: .scalar, output: .logistics,
      mixtureComponents: 3, preemphasis: 0.9),
    "tiny": Preset.tiny.configuration,
  ]

  static var names: [String] { configurations.keys.sorted() }

  static func model(_ name: String) throws -> WaveNetModel {
    try WaveNetModel(sampleRate: 16_000, configuration: configurations[name]!, seed: 2)
  }
}

/// What a network is fed with.
struct ExampleInput {
  enum Numbers {
    case codes([Int32])
    case samples([Float])
  }

  let batch: Int
  let time: Int
  let numbers: Numbers
  /// Labels of the signals by label set: signal k has label k of each, from 1 on.
  let labels: [[Int32]]
  private let setNames: [String]

  /// Random codes after silence, or the samples that they stand for.
  init(_ network: WaveNet, batch: Int, time: Int) {
    var random = Philox(seed: 5)
    let previous = (0..<batch * time).map { index in
      index % time == 0 ? WaveNet.start : Int32(random.integer(below: network.configuration.levels))
    }
    self.init(network, previous: previous, batch: batch)
  }

  /// What comes before the codes of one signal.
  init(_ network: WaveNet, predicting codes: [Int32]) {
    self.init(network, previous: [WaveNet.start] + codes.dropLast(), batch: 1)
  }

  private init(_ network: WaveNet, previous: [Int32], batch: Int) {
    self.batch = batch
    time = previous.count / batch
    let sets = network.configuration.conditioning.labels
    labels = sets.map { set in (0..<batch).map { Int32(($0 + 1) % set.values.count) } }
    setNames = sets.map(\.name)
    switch network.configuration.input {
    case .embedding: numbers = .codes(previous.map { $0 < 0 ? Int32(network.companding.silence) : $0 })
    case .scalar: numbers = .samples(previous.map { $0 < 0 ? 0 : network.companding.decode(Int($0)) })
    }
  }

  /// As the network takes them.
  var input: WaveNetInput {
    switch numbers {
    case .codes(let codes): WaveNetInput(codes: codes, shape: [batch, time], conditions: conditions)
    case .samples(let samples): WaveNetInput(samples: samples, shape: [batch, time], conditions: conditions)
    }
  }

  /// Of every signal.
  var conditions: [Conditions] {
    (0..<batch).map { signal in Conditions(labels: labels.map { Int($0[signal]) }) }
  }

  /// Writes the input and the labels for `onnx_check.py`.
  func write(toFolder folder: String) throws {
    try bytes.write(to: URL(fileURLWithPath: folder + "/input"))
    for (name, labels) in zip(setNames, labels) {
      try labels.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: folder + "/label_" + name))
    }
  }

  /// In order, little-endian.
  var bytes: Data {
    switch numbers {
    case .codes(let codes): codes.withUnsafeBytes { Data($0) }
    case .samples(let samples): samples.withUnsafeBytes { Data($0) }
    }
  }
}

/// Numbers that another program wrote.
func tensor(_ path: String, _ shape: Shape) throws -> Tensor<Float> {
  let data = try Data(contentsOf: URL(fileURLWithPath: path))
  return Tensor(shape, data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
}
