import KodamaCore
import KodamaTraining
import KodamaWaveNets

/// Fits a plan to the time that training may take: the number of steps, and what depends on it, the learning rate, its
/// schedule, which ends with the steps, and the intervals of validation, checkpoints and samples.
///
/// The steps are counted once, when a run is started, and recorded: a run that is interrupted and resumed takes as many,
/// with the same result, on a slower machine in more time.
public struct TimedPlan: Sendable {
  /// The time for everything, in seconds.
  public let seconds: Double
  /// Applied to the fitted settings: what must not be fitted.
  public let adjust: @Sendable (inout TrainingSettings) throws -> Void

  /// A plan for a time.
  ///
  /// - Parameters:
  ///   - time: the time for everything after the scan of the recordings.
  ///   - adjust: applied to the fitted settings, to replace what must not be fitted.
  public init(_ time: Duration, adjust: @escaping @Sendable (inout TrainingSettings) throws -> Void = { _ in }) {
    seconds = time.inSeconds
    self.adjust = adjust
  }

  /// Small batches for a network that is trained for a given time: of as many samples more steps teach it more.
  ///
  /// Measured on four minutes of mixed music with `tiny` and 5.4 million samples, by Adam at the best of several rates: 8
  /// crops of 4,000 reach 4.25 bits per sample, 2 of 4,000 3.71, 2 of 2,000 3.58, and 2 of 1,000 3.49. By Muon 1 of 2,000
  /// reaches 3.389, 2 of 1,000 3.301, 4 of 500, about the receptive field, 3.274, and 8 of 250 3.282; of 27 million samples
  /// 2 of 1,000 3.206 and 4 of 500 3.197.
  ///
  /// - Parameter settings: the batches of a network that is conditioned on features are left as they are.
  public static func chooseBatches(_ settings: inout TrainingSettings) {
    if settings.architecture.conditioning.features != nil || settings.featureSource != nil || settings.signal != nil {
      return
    }
    if settings.architecture.isRecurrent {
      (settings.plan.batchSize, settings.plan.cropSamples) = (8, 500)
      return
    }
    let field = settings.architecture.receptiveField
    (settings.plan.batchSize, settings.plan.cropSamples) =
      field < 1000 ? (4, 500) : (1, min(16_000, max(1000, (2 * field + 500) / 1000 * 1000)))
  }

  /// How long to measure steps, in seconds: a fiftieth of the time.
  package var measuringSeconds: Double { min(5, seconds / 50) }

  /// The settings for the time.
  ///
  /// - Parameters:
  ///   - settings: the settings, with the network and the batches that were measured.
  ///   - stepSeconds: the time of a step in seconds.
  ///   - remaining: the time that is left, in seconds.
  ///   - validates: whether anything is held out.
  ///   - isNew: whether the weights are random: others are not trained with a higher rate than set.
  /// - Throws: what `adjust` throws.
  package func fitted(
    _ settings: TrainingSettings, stepSeconds: Double, remaining: Double, sampleRate: Int, validates: Bool, isNew: Bool
  ) throws -> TrainingSettings {
    var settings = settings
    let (validations, samples) = (
      Self.count(remaining, every: 15, most: 20), Self.count(remaining, every: 60, most: 10)
    )
    // Generation takes about as long as training on as many samples, one stream on one core.
    let sampleSeconds = settings.sampleSeconds * Double(sampleRate) * stepSeconds / Double(settings.plan.samplesPerStep)
    let rest = remaining - Double(samples) * 2 * sampleSeconds
    let steps = max(1, Int(min(1e12, rest / (stepSeconds * (validates ? 1 + Self.validationShare : 1)))))
    settings.steps = steps
    settings.validationInterval = Self.interval(steps, validations)
    settings.checkpointInterval = settings.validationInterval
    settings.sampleInterval = Self.interval(steps, samples)
    settings.plan.schedule = .cosine
    settings.plan.warmUpSteps = min(500, steps / 20)
    settings.plan.cosineSteps = steps
    settings.plan.training.complete(forSteps: steps)
    if isNew && settings.architecture.conditioning.features == nil {
      settings.plan.learningRate = Self.learningRate(of: settings, steps: steps)
    }
    let architecture = settings.architecture
    try adjust(&settings)
    // The network is made already, with the labels of the corpus.
    settings.architecture = architecture
    if settings.steps != steps {
      throw TrainingFault.badPlan(field: "steps", problem: "they are fitted to the time; give one of the two")
    }
    return settings
  }

  /// Validation takes a tenth of the time of steps.
  private static let validationShare = 0.1

  private static func count(_ seconds: Double, every interval: Double, most: Int) -> Int {
    min(most, max(1, Int(seconds / interval)))
  }

  private static func interval(_ steps: Int, _ count: Int) -> Int { max(1, (steps + count - 1) / count) }

  /// The highest rate: higher for narrow networks and few steps, as measured by Muon. Other rules keep the ratio to their
  /// recommended rates.
  private static func learningRate(of settings: TrainingSettings, steps: Int) -> Double {
    let width = settings.architecture.recurrentUnits ?? settings.architecture.residualChannels
    let factor = (width <= 16 ? 5.0 : width <= 32 ? 3 : 1.5) * (steps < 50_000 ? 1 : 0.5)
    return factor * settings.plan.optimizer.recommendedLearningRate
  }

  /// The preset for a time: the largest of those without conditioning that sees enough samples in it.
  ///
  /// - Parameters:
  ///   - tinySpeed: samples that `tiny` is trained on in a second.
  package static func preset(seconds: Double, tinySpeed: Double) -> Preset {
    func cost(_ preset: Preset) -> Double { Double(WaveNet(preset.configuration).cost.multiplyAdds) }
    func samples(_ preset: Preset) -> Double { seconds * tinySpeed * cost(.tiny) / cost(preset) }
    if samples(.reference) >= leastSamples(.reference) { return .reference }
    return samples(.small) >= leastSamples(.small) ? .small : .tiny
  }

  private static func leastSamples(_ preset: Preset) -> Double { preset == .reference ? 2e9 : 1e8 }
}
