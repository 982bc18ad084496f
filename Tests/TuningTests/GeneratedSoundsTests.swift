import KodamaCore
import KodamaGeneration
import KodamaLayers
import KodamaTraining
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaTuning

/// The sounds that a network is tuned on.
@Suite struct GeneratedSoundsTests {
  /// The mean of the samples, with the number of times that it was asked for.
  private final class MeanReward: SoundReward {
    let name = "mean"
    private let calls = Locked(0)

    var count: Int { calls.withLock { $0 } }

    func values(of sounds: [RewardedSound], workers: Workers) -> [SoundRewardValue] {
      calls.withLock { $0 += 1 }
      return sounds.map { .whole($0.samples.reduce(0.0) { $0 + Double($1) } / Double($0.samples.count)) }
    }
  }

  private static func model(preemphasis: Double = 0) -> WaveNetModel {
    var configuration = WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 4, gateChannels: 4, skipChannels: 8, classes: 64)
    configuration.preemphasis = preemphasis
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
    parameters.scale(by: 4)
    return WaveNetModel(sampleRate: 8000, configuration: configuration, parameters: parameters)
  }

  private static var plan: TrainingPlan {
    var plan = TrainingPlan.recommendedForTuning
    (plan.batchSize, plan.seed) = (6, 7)
    return plan
  }

  private func sounds(
    _ model: WaveNetModel, _ reward: any SoundReward = MeanReward(), workers: Workers = .serial
  ) -> GeneratedSounds {
    GeneratedSounds(
      model, conditions: [.none], samples: 50, plan: Self.plan, rewards: RewardSum([(1, reward)]), workers: workers)
  }

  @Test func theyAreTheStreamsOfTheSeed() throws {
    let model = Self.model()
    let found = try sounds(model).batch(6..<12, of: model.parameters)
    let engine = try WaveNetEngine(InferenceModel(model))
    for (number, sound) in zip(6..<12, found) {
      var stream = WaveNetStream(engine, seed: 7, number: number)
      let codes = (0..<50).map { _ in Int32(stream.next()) }
      #expect(sound.codes == codes, "sound \(number)")
    }
    #expect(Set(found.map(\.codes)).count == 6)
    #expect(try sounds(model, workers: Workers(threads: 3)).batch(6..<12, of: model.parameters) == found)
    // Advantages of whole sounds sum to 0.
    #expect(abs(found.reduce(0) { $0 + $1.advantages[0] }) < 1e-5)
  }

  @Test func thePassesOfAStepShareItsSounds() throws {
    let (model, reward) = (Self.model(), MeanReward())
    let source = sounds(model, reward)
    let first = try source.batch(0..<2, of: model.parameters)
    let rest = try source.batch(2..<4, of: model.parameters) + source.batch(4..<6, of: model.parameters)
    #expect(reward.count == 1)
    #expect(try sounds(model).batch(0..<6, of: model.parameters) == first + rest)
    // A step that is taken again, with other weights, generates others.
    var moved = model.parameters
    moved.scale(by: 0.5)
    #expect(try source.batch(0..<2, of: moved) != first && reward.count == 2)
  }

  @Test func rewardsAreForWhatIsHeard() throws {
    // With pre-emphasis the codes are those of the signal before its inverse.
    let model = Self.model(preemphasis: 0.9)
    let found = try sounds(model).batch(0..<6, of: model.parameters)
    let engine = try WaveNetEngine(InferenceModel(model))
    for (number, sound) in found.enumerated() {
      var stream = WaveNetStream(engine, seed: 7, number: number)
      var samples = [Float](repeating: 0, count: 50)
      var span = samples.mutableSpan
      stream.fill(&span)
      let heard = samples.reduce(0.0) { $0 + Double($1) } / 50
      #expect(abs(sound.reward - heard) < 1e-6, "sound \(number)")
      let plain = sound.codes.reduce(0.0) { $0 + Double(engine.companding.decode(Int($1))) } / 50
      #expect(abs(plain - heard) > 1e-4)
    }
  }
}
