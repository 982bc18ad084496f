import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Tunes a WaveNet towards rewards of what it generates, by the policy gradient: each sample is an action, whose probability
/// rises with its advantage. The loss over the samples of a step is
///
///     L = − mean A_t · ln π(a_t | a_<t) + β · mean KL(π₀(· | a_<t) ‖ π(· | a_<t))
///
/// with π₀ the original model. The divergence is that of the distributions at every sample; of mixtures, that of one draw from
/// π₀ at each. β moves so that the divergence of a sound approaches its target: by a tenth of the relative error in a step,
/// which is limited to a fifth.
///
/// - Source: Williams 1992, "Simple statistical gradient-following algorithms for connectionist reinforcement learning"; Schulman
///   et al. 2017, "Proximal policy optimization algorithms", eq. 8, for the penalty; Ziegler et al. 2019, "Fine-tuning language
///   models from human preferences", §2.2, for its factor. They take the divergence out of the reward, with the other
///   direction; here it is a term of the loss, at the samples that were drawn, which is less noisy.
package struct TuningTask: TrainingTask {
  private let network: WaveNet
  private let original: WaveNetModel
  private let record: TuningRecord
  /// Samples of a sound.
  private let samples: Int

  /// The name of β among the parameters.
  package static let factorName = "tuning.divergence_factor"
  private static let (gain, mostError) = (0.1, 0.2)
  private static let factors = 1e-5...1e3

  package init(_ original: WaveNetModel, record: TuningRecord, samples: Int) {
    (network, self.original, self.record, self.samples) = (original.network, original, record, samples)
  }

  private var settings: TuningSettings { record.settings }

  package var declarations: [ParameterDeclaration] {
    let factor = settings.divergenceTarget == nil ? 0 : settings.divergenceFactor
    return network.declarations + [
      ParameterDeclaration(Self.factorName, [1], .constant(factor), role: .state, isAuxiliary: true)
    ]
  }

  package var measures: TaskMeasures { .ofTuning }
  package var amountPerExample: Double { Double(samples) }
  package var examplesPerPass: Int { max(1, 8000 / samples) }

  package func loss(_ batch: [GeneratedSound], _ pass: Pass<Float>) -> BatchLoss {
    let (targets, advantages) = (batch.flatMap(\.codes), batch.flatMap(\.advantages))
    let shape: Shape = [batch.count, samples]
    let input = network.input(
      previous: batch.flatMap { [WaveNet.start] + $0.codes.dropLast() }, shape: shape,
      conditions: network.configuration.conditioning.labels.isEmpty ? [] : batch.map(\.conditions))
    let outputs = network.logits(input, pass)
    let ones = [Float](repeating: 1, count: targets.count)
    let factor = pass.parameter(Self.factorName).value.elements[0]
    let divergence = divergence(of: outputs, input, weights: ones, pass)
    var loss = divergence * factor
    // Weights of a mean are not negative, so that samples that are better and worse than the others are two means.
    for sign: Float in [1, -1] {
      let weights = advantages.map { max(0, sign * $0) }
      let total = weights.reduce(0.0) { $0 + Double($1) }
      if total <= 0 { continue }
      loss =
        loss
        + network.loss(outputs, targets: targets, weights: weights) * (sign * Float(total / Double(targets.count)))
    }
    let bits = Information.bits(fromNats: Double(divergence.value.item)) * Double(samples)
    adapt(factor, divergence: bits, share: Double(batch.count) / Double(settings.plan.batchSize), pass)
    let surprise = network.loss(outputs, targets: targets, weights: ones).value.item
    return BatchLoss(
      loss, weight: Double(targets.count),
      values: [
        batch.reduce(0) { $0 + $1.reward } / Double(batch.count), bits, Information.bits(fromNats: Double(surprise)),
      ])
  }

  /// The mean divergence of the original model's distributions from those of outputs, in nats per sample.
  private func divergence(
    of outputs: Variable<Float>, _ input: WaveNetInput, weights: [Float], _ pass: Pass<Float>
  ) -> Variable<Float> {
    let teaching = Pass(original.parameters, recording: false, workspace: pass.tape.workspace)
    let expected = network.logits(input, teaching)
    guard let mixture = network.configuration.mixture else {
      return outputs.divergence(from: expected.value, temperature: 1, weights: weights)
    }
    var seed: UInt64 = 0
    if case .training(let own) = pass.phase { seed = own }
    var random = Philox(seed: seed, stream: 1 << 32)
    let drawn = expected.value.withUnsafeBuffer { numbers in
      stride(from: 0, to: numbers.count, by: mixture.channels).map { row in
        Int32(mixture.draw(numbers.baseAddress! + row, temperature: 1, random: &random))
      }
    }
    let own = network.loss(expected, targets: drawn, weights: weights).value.item
    return network.loss(outputs, targets: drawn, weights: weights) + -own
  }

  /// Moves β by the error of a share of a step's sounds.
  private func adapt(_ factor: Float, divergence: Double, share: Double, _ pass: Pass<Float>) {
    guard case .training = pass.phase, let target = settings.divergenceTarget, divergence.isFinite else { return }
    let error = min(Self.mostError, max(-Self.mostError, divergence / target - 1))
    let moved = Double(factor) * pow(1 + Self.gain * error, share)
    let limited = min(Self.factors.upperBound, max(Self.factors.lowerBound, moved))
    pass.setState(Self.factorName, Tensor([1], [Float(limited)]))
  }

  package func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .replace) {
      try $0.write(WaveNetModel.configurationText(sampleRate: original.sampleRate, original.configuration))
    }
    try record.write(toFolder: folder)
  }
}

extension TaskMeasures {
  /// The measures of tuning: the mean reward, the divergence from the original model, and the entropy of the model, estimated
  /// by the surprise of what it generates; of held-out recordings the bits per sample.
  package static let ofTuning = TaskMeasures(
    loss: Measure("reward"),
    others: [Measure("divergence", unit: "bits per sound"), Measure("entropy", unit: "bits per sample")],
    speed: Measure("samplesPerSecond", unit: "samples per second"), samples: TaskMeasures.ofSamples.samples,
    heldOut: [TaskMeasures.ofSamples.loss], isReward: true)
}
