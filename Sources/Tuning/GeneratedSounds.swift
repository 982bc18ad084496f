import KodamaCore
import KodamaGeneration
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

/// A generated sound with what its samples are worth.
package struct GeneratedSound: Sendable, Equatable {
  /// The code of each sample.
  package let codes: [Int32]
  /// The advantage of each sample.
  package let advantages: [Float]
  /// The reward of the sound.
  package let reward: Double
  /// The conditions it was generated under.
  package let conditions: Conditions
}

/// Sounds that a network generates with its present weights, side by side in the engine of generation: the sounds of a step
/// are compared with each other. Sound n is stream n of the seed, whatever the threads.
package final class GeneratedSounds: ExampleSource {
  private let network: WaveNet
  private let sampleRate: Int
  /// The conditions of sounds, in turn.
  private let conditions: [Conditions]
  private let rewards: RewardSum
  /// Samples of a sound.
  private let samples: Int
  /// Sounds of a step.
  private let count: Int
  private let seed: UInt64
  private let workers: Workers
  private let initial: Parameters<Float>
  /// The sounds of the present step, of which each pass takes some.
  private var step: (numbers: Range<Int>, sounds: [GeneratedSound]) = (0..<0, [])

  /// Sounds of a model.
  ///
  /// - Parameters:
  ///   - conditions: those of the sounds, in turn; one without labels for a model without.
  ///   - samples: the length of each.
  package init(
    _ model: WaveNetModel, conditions: [Conditions], samples: Int, plan: TrainingPlan, rewards: RewardSum,
    workers: Workers
  ) {
    (network, sampleRate, initial) = (model.network, model.sampleRate, model.parameters)
    (self.conditions, self.samples, self.rewards, self.workers) = (conditions, samples, rewards, workers)
    (count, seed) = (plan.batchSize, plan.seed)
  }

  /// There are always more; their steps are counted.
  package var examplesPerEpoch: Int { count }

  /// The sounds that the model generates before the first step.
  package func batch(_ numbers: Range<Int>) throws -> [GeneratedSound] { try batch(numbers, of: initial) }

  /// The sounds of these numbers.
  ///
  /// - Throws: `GenerationFault`; what the rewards throw.
  package func batch(_ numbers: Range<Int>, of parameters: Parameters<Float>) throws -> [GeneratedSound] {
    let isPresent = step.numbers.lowerBound <= numbers.lowerBound && numbers.upperBound <= step.numbers.upperBound
    // A pass at the first sound of a step is its first pass: the weights may have changed.
    if !isPresent || numbers.lowerBound == step.numbers.lowerBound {
      step = (0..<0, [])
      let first = numbers.lowerBound / count * count
      step = (first..<first + count, try generate(first..<first + count, parameters))
    }
    return numbers.map { step.sounds[$0 - step.numbers.lowerBound] }
  }

  private func generate(_ numbers: Range<Int>, _ parameters: Parameters<Float>) throws -> [GeneratedSound] {
    // The signal before de-emphasis, whose samples are those of codes.
    var configuration = network.configuration
    let emphasis = configuration.preemphasis
    configuration.preemphasis = 0
    let model = WaveNetModel(
      sampleRate: sampleRate, configuration: configuration, parameters: parameters.ofModel)
    let engine = try WaveNetEngine(InferenceModel(model))
    let conditions = numbers.map { self.conditions[$0 % self.conditions.count] }
    var streams = WaveNetStreams(engine, conditions: conditions, seed: seed, first: numbers.lowerBound)
    var blocks = [[Float]](repeating: [Float](repeating: 0, count: samples), count: numbers.count)
    streams.fill(&blocks, workers: workers)
    if !streams.streams.allSatisfy(\.logitsAreFinite) { throw GenerationFault.overflow(samples: samples) }

    let outcome = try rewards.evaluate(
      zip(blocks, conditions).map { block, conditions in
        var filter = DeEmphasis(emphasis)
        let conditioning = network.configuration.conditioning
        let names = zip(conditioning.labels.map(\.name), conditioning.names(of: conditions))
        return RewardedSound(
          samples: emphasis == 0 ? block : block.map { max(-1, min(1, filter.apply($0))) }, sampleRate: sampleRate,
          labels: Dictionary(uniqueKeysWithValues: names.map { ($0, $1) }))
      }, workers: workers)
    let advantages = SoundAdvantages.leavingOneOut(outcome.returns)
    return blocks.indices.map { number in
      GeneratedSound(
        codes: network.companding.encode(blocks[number]), advantages: advantages[number],
        reward: outcome.rewards[number], conditions: conditions[number])
    }
  }
}
