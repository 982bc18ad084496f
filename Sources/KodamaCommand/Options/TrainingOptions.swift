import ArgumentParser
import Kodama

extension Preset: ExpressibleByArgument {}
extension TrainingPlan.OptimizerName: ExpressibleByArgument {}
extension TrainingPlan.ScheduleName: ExpressibleByArgument {}

/// The options of `train` for the network and its training. Options that are not given keep their defaults, or in a
/// resumed run their earlier values.
struct TrainingOptions: ParsableArguments {
  @Option(help: "The network. (default: small)") var preset: Preset?
  @Option(
    help: ArgumentHelp(
      "A JSON file with any part of the settings, in the format of \"settings\" in training.json of a checkpoint.",
      valueName: "file"), completion: .file())
  var config: String?
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "One setting, such as residual_channels=48 or plan.batch_size=4; can be repeated.", valueName: "key=value"),
    completion: .settings)
  var assignments: [String] = []
  @Option(
    help: ArgumentHelp(
      "The label sets to condition the network on, such as speaker,digit; their labels are those of the corpus. (default: none)",
      valueName: "sets"), completion: .labelSets)
  var condition: String?
  @Option(
    help: ArgumentHelp(
      "Features to condition on: mel for log-mel features computed during training, or a folder that kodama features made, or one of .npy files [frames, channels] of another program. (default: those of the preset)",
      valueName: "mel|folder"), completion: .folder(or: ["mel"]))
  var features: String?
  @Option(
    help: ArgumentHelp(
      "The hop of features of another program, in samples. (default: that of features.json)",
      valueName: "samples"))
  var featureHop: Int?
  @Option(
    help: ArgumentHelp(
      "A folder of second recordings of the same names and lengths, to condition on, sample by sample, such as the dry signals of an amplifier. (default: none)",
      valueName: "folder"), completion: .directory)
  var signal: String?
  @Option(help: ArgumentHelp("Crops in a batch. (default: 8; of vocoder-small 2)", valueName: "n")) var batch: Int?
  @Option(
    help: ArgumentHelp(
      "Samples in a crop. (default: about twice the receptive field, 4,000 to 16,000)", valueName: "samples"))
  var crop: Int?
  @Option(help: ArgumentHelp("Batches accumulated for one step. (default: 1)", valueName: "n")) var accumulate: Int?
  @Option(help: "Seed of the initial weights, the order of crops, dropout and samples of audio. (default: 1)") var seed:
    UInt64?
  @Option(help: "The optimizer. (default: adam)")
  var optimizer: TrainingPlan.OptimizerName?
  @Option(
    help: ArgumentHelp(
      "The highest learning rate. (default: 0.001, of vocoder-small 0.003, or that recommended for the optimizer)",
      valueName: "rate"))
  var learningRate: Double?
  @Option(help: "The learning rate schedule; cosine needs --steps. (default: constant)")
  var schedule: TrainingPlan.ScheduleName?
  @Option(help: ArgumentHelp("Steps over which the rate rises from 0. (default: 0)", valueName: "steps"))
  var warmUp: Int?
  @Option(help: ArgumentHelp("Clip gradients to this norm; 0: never. (default: 1)", valueName: "norm"))
  var clip: Double?
  @Option(
    help: ArgumentHelp(
      "Model rate in Hz. (default: the preset's, or the corpus's if one of at most 16,000, else 16,000)",
      valueName: "Hz"))
  var sampleRate: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Cut silence below this level of full scale, such as -60, at both ends of recordings. (default: off)",
      valueName: "dB"))
  var trimSilence: Double?
  @Option(
    help: ArgumentHelp(
      "Share of the files to hold out for validation, in percent, without --validation. (default: 10)",
      valueName: "percent"))
  var validationShare: Double?
  @Option(help: ArgumentHelp("Steps between validations. (default: 500)", valueName: "steps")) var validateEvery: Int?
  @Option(help: ArgumentHelp("Steps between checkpoints. (default: 500)", valueName: "steps")) var checkpointEvery: Int?
  @Option(help: ArgumentHelp("Steps between samples of audio. (default: 1000)", valueName: "steps")) var sampleEvery:
    Int?
  @Option(help: ArgumentHelp("Steps between lines of metrics.jsonl. (default: 10)", valueName: "steps"))
  var logEvery: Int?
  @Option(help: ArgumentHelp("The number of newest checkpoints to keep. (default: 3)", valueName: "n"))
  var keep: Int?

  /// `base` with the given settings replaced: the preset first, then the file, single values, and options.
  ///
  /// - Parameter steps: the number of steps, at which the cosine schedule ends.
  func settings(from base: TrainingSettings?, steps: Int?) throws -> TrainingSettings {
    var settings = base ?? TrainingSettings(preset ?? .small, sampleRate: sampleRate)
    if let base, let preset {
      settings.architecture = TrainingSettings(preset, sampleRate: sampleRate ?? base.sampleRate).architecture
    }
    if base == nil {
      // A hop or second recordings replace the preset's log-mel features.
      if featureHop != nil || signal != nil { settings.architecture.conditioning.features = nil }
      // The length of crops depends on the resulting network, unless it is given.
      let architecture = try applyDocument(to: settings).architecture
      try architecture.validate(source: "settings")
      settings.plan.cropSamples = TrainingSettings.cropSamples(for: architecture)
    }
    settings = try applyDocument(to: settings)
    func put<T>(_ value: T?, _ path: WritableKeyPath<TrainingSettings, T>) {
      if let value { settings[keyPath: path] = value }
    }
    put(batch, \.plan.batchSize)
    put(crop, \.plan.cropSamples)
    put(accumulate, \.plan.accumulation)
    put(seed, \.plan.seed)
    if let optimizer { settings.plan.training.use(optimizer) }
    put(learningRate, \.plan.learningRate)
    put(schedule, \.plan.schedule)
    put(warmUp, \.plan.warmUpSteps)
    put(clip, \.plan.clipNorm)
    put(validationShare, \.validationPercent)
    put(validateEvery, \.validationInterval)
    put(checkpointEvery, \.checkpointInterval)
    put(sampleEvery, \.sampleInterval)
    put(logEvery, \.logInterval)
    put(keep, \.keptCheckpoints)
    if let sampleRate { settings.sampleRate = sampleRate }
    if let condition { settings.condition = condition.split(separator: ",").map(String.init) }
    if let features { settings.featureSource = features }
    if let featureHop { settings.featureHop = featureHop }
    if let signal { settings.signal = signal }
    if let trimSilence { settings.trimming = SilenceTrimming(thresholdDecibels: trimSilence) }
    if settings.plan.schedule == .cosine && settings.plan.cosineSteps == 0, let steps {
      settings.plan.cosineSteps = steps
    }
    return settings
  }

  /// Settings with the changes of `--config` and `--set`.
  private func applyDocument(to settings: TrainingSettings) throws -> TrainingSettings {
    if config == nil && assignments.isEmpty { return settings }
    var document = SettingsDocument(settings)
    if let config { try document.apply(file: config) }
    for assignment in assignments {
      do {
        try document.apply(assignment: assignment)
      } catch TrainingFault.badPlan(let field, let problem) {
        throw TrainingFault.badPlan(field: "--set \(field)", problem: problem)
      }
    }
    return document.settings
  }
}
