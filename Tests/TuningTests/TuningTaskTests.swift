import Foundation
import KodamaCore
import KodamaGeneration
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaTraining
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaTuning

/// The gradient of rewards, and of the divergence from the original model.
@Suite struct TuningTaskTests {
  private static let samples = 3
  private static let softmax = WaveNetConfiguration(
    dilations: [1, 2], residualChannels: 4, gateChannels: 4, skipChannels: 4, classes: 4)
  private static let mixture = WaveNetConfiguration(
    dilations: [1, 2], residualChannels: 4, gateChannels: 4, skipChannels: 4, input: .scalar, output: .logistics,
    mixtureComponents: 2)

  private static func model(_ configuration: WaveNetConfiguration = softmax, seed: UInt64 = 1) -> WaveNetModel {
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: seed)
    if configuration.output == .softmax { parameters.scale(by: 3) }
    return WaveNetModel(sampleRate: 8000, configuration: configuration, parameters: parameters)
  }

  private static func task(
    _ model: WaveNetModel, samples: Int = samples, _ change: (inout TuningSettings) -> Void = { _ in }
  ) -> TuningTask {
    var settings = TuningSettings(rewards: ["silence"])
    change(&settings)
    return TuningTask(
      model, record: TuningRecord(settings: settings, original: model.parameters.fingerprint, classifier: nil),
      samples: samples)
  }

  /// The parameters of a task, with those of a network.
  private static func parameters(_ task: TuningTask, _ network: Parameters<Float>) -> Parameters<Float> {
    network.joined(with: Parameters<Float>(task.declarations, seed: 1).auxiliary)
  }

  private static func sound(_ codes: [Int32], advantages: [Float]) -> GeneratedSound {
    GeneratedSound(codes: codes, advantages: advantages, reward: 0, conditions: .none)
  }

  /// All sequences of codes.
  private static let sequences: [[Int32]] = (0..<64).map { number in [number / 16, number / 4 % 4, number % 4] }

  /// ln p of each code of a sequence, for all codes, in double precision.
  private static func logarithms(
    _ network: WaveNet, _ parameters: Parameters<Double>, _ codes: [Int32]
  ) -> [[Double]] {
    let input = network.input(previous: [WaveNet.start] + codes.dropLast(), shape: [1, codes.count])
    let rows = network.logits(input, Pass(parameters)).logSoftmax().value.elements
    return stride(from: 0, to: rows.count, by: 4).map { Array(rows[$0..<$0 + 4]) }
  }

  /// The central differences of a function of parameters, by name.
  private static func differences(
    _ parameters: Parameters<Double>, _ names: [String], of value: (Parameters<Double>) -> Double
  ) -> [String: [Double]] {
    let step = 1e-5
    return Dictionary(
      uniqueKeysWithValues: names.map { name in
        let tensor = parameters[name]
        let found = tensor.elements.indices.map { index -> Double in
          func at(_ move: Double) -> Double {
            var (moved, elements) = (parameters, tensor.elements)
            elements[index] += move
            moved[name] = Tensor(tensor.shape, elements)
            return value(moved)
          }
          return (at(step) - at(-step)) / (2 * step)
        }
        return (name, found)
      })
  }

  @Test func theGradientIsThatOfTheExpectedReward() throws {
    let model = Self.model()
    let network = model.network
    let exact = model.parameters.converted(to: Double.self)
    var random = Philox(seed: 8)
    let rewards = Self.sequences.map { _ in random.normal() }
    func probability(_ parameters: Parameters<Double>, _ codes: [Int32]) -> Double {
      exp(zip(Self.logarithms(network, parameters, codes), codes).reduce(0) { $0 + $1.0[Int($1.1)] })
    }
    func expected(_ parameters: Parameters<Double>) -> Double {
      zip(Self.sequences, rewards).reduce(0) { $0 + probability(parameters, $1.0) * $1.1 }
    }
    #expect(abs(Self.sequences.reduce(0) { $0 + probability(exact, $1) } - 1) < 1e-9)

    // Every sequence once, with its probability as a part of its advantage, in place of many draws.
    let task = Self.task(model) { $0.divergenceTarget = nil }
    let batch = zip(Self.sequences, rewards).map { codes, reward in
      Self.sound(codes, advantages: [Float](repeating: Float(64 * probability(exact, codes) * reward), count: 3))
    }
    let pass = Pass(Self.parameters(task, model.parameters), recording: true)
    let gradients = pass.gradients(of: task.loss(batch, pass).loss)
    let names = ["head.1.weight", "blocks.0.dilated.weight", "embedding.weight"]
    for (name, differences) in Self.differences(exact, names, of: expected) {
      // The loss is a mean over samples, and falls where the reward rises.
      expectClose(gradients[name].elements, differences.map { -$0 / 3 }, tolerance: 1e-4, name)
    }
  }

  @Test func theDivergenceIsThatOfTheOriginalModel() throws {
    let (original, tuned) = (Self.model(), Self.model(seed: 2))
    let network = original.network
    let codes = Array(Self.sequences.prefix(40).suffix(3))
    let batch = codes.map { Self.sound($0, advantages: [0, 0, 0]) }
    let exact = original.parameters.converted(to: Double.self)
    /// The mean over samples, in nats.
    func divergence(_ parameters: Parameters<Double>) -> Double {
      var sum = 0.0
      for sequence in codes {
        let rows = zip(
          Self.logarithms(network, exact, sequence), Self.logarithms(network, parameters, sequence))
        for (q, p) in rows { for code in 0..<4 { sum += exp(q[code]) * (q[code] - p[code]) } }
      }
      return sum / 9
    }
    let task = Self.task(original) { $0.divergenceFactor = 0.5 }
    let pass = Pass(Self.parameters(task, tuned.parameters), recording: true)
    let found = task.loss(batch, pass)
    let tunedExact = tuned.parameters.converted(to: Double.self)
    let bits = 3 * divergence(tunedExact) / log(2)
    #expect(bits > 0.1 && abs(found.values[1] - bits) < 1e-5 * bits, "\(found.values[1]) and \(bits)")
    // The surprise of what was drawn.
    let surprise = codes.reduce(0.0) { sum, sequence in
      sum - zip(Self.logarithms(network, tunedExact, sequence), sequence).reduce(0) { $0 + $1.0[Int($1.1)] }
    }
    #expect(abs(found.values[2] - surprise / 9 / log(2)) < 1e-5)
    let gradients = pass.gradients(of: found.loss)
    for (name, differences) in Self.differences(tunedExact, ["head.1.weight"], of: divergence) {
      expectClose(gradients[name].elements, differences.map { 0.5 * $0 }, tolerance: 1e-4, name)
    }
    // The original model does not diverge from itself.
    let same = Self.task(original).loss(batch, Pass(Self.parameters(task, original.parameters)))
    #expect(abs(same.values[1]) < 1e-5)
  }

  @Test func aMixtureDivergesByItsDraws() throws {
    let (original, tuned) = (Self.model(Self.mixture), Self.model(Self.mixture, seed: 2))
    let codes = (0..<400).map { Int32(30_000 + $0 % 7 * 100) }
    let task = Self.task(original, samples: 400)
    let batch = [Self.sound(codes, advantages: [Float](repeating: 0, count: 400))]
    func bits(_ parameters: Parameters<Float>) -> Double {
      task.loss(batch, Pass(Self.parameters(task, parameters), phase: .training(seed: 5))).values[1]
    }
    #expect(abs(bits(original.parameters)) < 1e-3)
    #expect(bits(tuned.parameters) > 1)
  }

  @Test func theFactorFollowsTheDivergence() throws {
    let (original, tuned) = (Self.model(), Self.model(seed: 2))
    let batch = [Self.sound([1, 2, 3], advantages: [1, 0, -1]), Self.sound([0, 0, 1], advantages: [-1, 1, 0])]
    func factor(_ target: Double?, _ parameters: Parameters<Float>) -> Double? {
      let task = Self.task(original) { settings in
        (settings.divergenceTarget, settings.divergenceFactor, settings.plan.batchSize) = (target, 0.5, 2)
      }
      let pass = Pass(Self.parameters(task, parameters), phase: .training(seed: 1))
      _ = task.loss(batch, pass)
      return pass.stateUpdates[TuningTask.factorName].map { Double($0.elements[0]) }
    }
    // No divergence at all, and far too much: a tenth of a fifth down and up.
    #expect(abs((factor(20, original.parameters) ?? .nan) - 0.5 * 0.98) < 1e-6)
    #expect(abs((factor(1e-3, tuned.parameters) ?? .nan) - 0.5 * 1.02) < 1e-6)
    #expect(factor(nil, tuned.parameters) == nil)
  }
}
