import ArgumentParser
import Kodama

extension Preset: ExpressibleByArgument {}
extension TrainingPlan.OptimizerName: ExpressibleByArgument {}
extension TrainingPlan.ScheduleName: ExpressibleByArgument {}
extension ProductPrecision: ExpressibleByArgument {}

/// The options of `train` for the network and its training. Options that are not given keep their defaults, or in a
/// resumed run their earlier values.
struct TrainingOptions: ParsableArguments {
  @Option(help: "The network. (default: small; with --for what fits the time)") var preset: Preset?
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
  @OptionGroup var distillation: DistillationOptions
  @Option(
    help: ArgumentHelp(
      "With --teacher: the weight of its skip sums in the loss, which a linear map of the network's own learns to predict. (default: 0)",
      valueName: "number"))
  var hint: Double?
  @Option(
    help: ArgumentHelp(
      "With --teacher: how much sound it generates before the first step, such as 10m, whose probabilities it teaches beside the recordings. (default: none)",
      valueName: "time"))
  var teacherSound: String?
  @Option(
    help: ArgumentHelp(
      "With --teacher: a folder where its probabilities are kept, a byte for each class of every sample, so that later students need none of its computations. (default: none)",
      valueName: "folder"), completion: .directory)
  var teacherTargets: String?
  @Option(help: ArgumentHelp("Crops in a batch. (default: 8; of vocoder-small 2)", valueName: "n")) var batch: Int?
  @Option(
    help: ArgumentHelp(
      "Samples in a crop. (default: about twice the receptive field, 4,000 to 16,000; of gru 1,000)",
      valueName: "samples"))
  var crop: Int?
  @Option(help: ArgumentHelp("Batches accumulated for one step. (default: 1)", valueName: "n")) var accumulate: Int?
  @Option(help: "Seed of the initial weights, the order of crops, dropout and samples of audio. (default: 1)") var seed:
    UInt64?
  @Option(help: "The optimizer. (default: muon; of vocoders and for further training adam)")
  var optimizer: TrainingPlan.OptimizerName?
  @Option(
    help: ArgumentHelp(
      "The highest learning rate. (default: 0.002, of vocoders 0.001 and 0.003, or that recommended for the optimizer)",
      valueName: "rate"))
  var learningRate: Double?
  @Option(help: "The learning rate schedule. (default: constant, with --for cosine)")
  var schedule: TrainingPlan.ScheduleName?
  @Option(help: ArgumentHelp("Steps over which the rate rises from 0. (default: 0)", valueName: "steps"))
  var warmUp: Int?
  @Option(help: ArgumentHelp("Clip gradients to this norm; 0: never. (default: 1)", valueName: "norm"))
  var clip: Double?
  @Option(
    help:
      "Precision of products while training: bf16 rounds their factors and keeps activations in half of the memory; sums, weights and the optimizer are f32. (default: f32)"
  )
  var precision: ProductPrecision?
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
      "Share of the duration to hold out for validation, in percent, without --validation. (default: 10)",
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

  @Option(
    help: ArgumentHelp(
      "End after this many validations without a better one; the best checkpoint is kept. (default: never)",
      valueName: "n"))
  var patience: Int?

  /// `base` with the given settings replaced: the preset first, then the file, single values, and options.
  ///
  /// - Parameters:
  ///   - base: nil for those of the preset.
  ///   - baseOrigin: where they come from.
  ///   - isTimed: whether the plan is fitted to a time.
  func settings(
    from base: TrainingSettings?, baseOrigin: String, preset: Preset?, isTimed: Bool
  ) throws -> ChosenSettings {
    var chosen = ChosenSettings(
      base ?? TrainingSettings(preset ?? .small, sampleRate: sampleRate), origin: base == nil ? nil : baseOrigin)
    if let base, let preset {
      chosen.change(origin: "--preset") {
        $0.architecture = TrainingSettings(preset, sampleRate: sampleRate ?? base.sampleRate).architecture
      }
    }
    if base == nil {
      // A hop or second recordings replace the preset's log-mel features.
      if featureHop != nil || signal != nil {
        chosen.change(origin: featureHop == nil ? "--signal" : "--feature-hop") {
          $0.architecture.conditioning.features = nil
        }
      }
      // The length of crops depends on the resulting network, unless it is given.
      var trial = chosen
      try applyDocument(to: &trial)
      try trial.settings.architecture.validate(source: "settings")
      chosen.change(origin: "twice the receptive field") {
        $0.plan.cropSamples = TrainingSettings.cropSamples(for: trial.settings.architecture)
      }
      if isTimed && features == nil && signal == nil {
        chosen.change(origin: "fitted to --for") { TimedPlan.chooseBatches(&$0) }
      }
    }
    try apply(to: &chosen)
    return chosen
  }

  /// The teacher, and how much is learned from it.
  private func putDistillation(to chosen: inout ChosenSettings) throws {
    let changed = try distillation.changing(chosen.settings.distillation?.distillation)
    if distillation.teacher != nil {
      chosen.settings.distillation = changed.map { WaveNetDistillation($0) }
    } else if let changed {
      chosen.settings.distillation?.distillation = changed
    }
    func needTeacher(_ option: String) throws {
      if chosen.settings.distillation != nil { return }
      throw ValidationError("\(option) needs --teacher, the model to learn from")
    }
    if let hint {
      try needTeacher("--hint")
      chosen.settings.distillation?.hint = hint
      chosen.note("distillation.hint", "--hint")
    }
    if let teacherSound {
      try needTeacher("--teacher-sound")
      chosen.settings.distillation?.soundSeconds = try Duration(ofOption: "--teacher-sound", teacherSound).inSeconds
      chosen.note("distillation.sound_seconds", "--teacher-sound")
    }
    if let teacherTargets {
      try needTeacher("--teacher-targets")
      chosen.settings.distillation?.targets = teacherTargets
      chosen.note("distillation.targets", "--teacher-targets")
    }
    if distillation.teacher != nil { chosen.note("distillation.teacher", "--teacher") }
    if distillation.distill != nil { chosen.note("distillation.share", "--distill") }
    if distillation.temperature != nil { chosen.note("distillation.temperature", "--temperature") }
  }

  /// Replaces the given settings: those of the file, single values, and options.
  ///
  /// - Parameter isFitted: whether the settings are fitted to a time: the optimizer is in them already, with its rate.
  func apply(to chosen: inout ChosenSettings, isFitted: Bool = false) throws {
    try applyDocument(to: &chosen)
    func put<T>(_ value: T?, _ path: WritableKeyPath<TrainingSettings, T>, _ key: String, _ option: String) {
      guard let value else { return }
      chosen.settings[keyPath: path] = value
      chosen.note(key, option)
    }
    put(batch, \.plan.batchSize, "plan.batch_size", "--batch")
    put(crop, \.plan.cropSamples, "plan.crop_samples", "--crop")
    put(accumulate, \.plan.accumulation, "plan.accumulation", "--accumulate")
    put(seed, \.plan.seed, "plan.seed", "--seed")
    if let optimizer, !isFitted {
      chosen.settings.plan.training.use(optimizer)
      for key in ["plan.optimizer", "plan.learning_rate", "plan.weight_decay"] { chosen.note(key, "--optimizer") }
    }
    put(learningRate, \.plan.learningRate, "plan.learning_rate", "--learning-rate")
    put(schedule, \.plan.schedule, "plan.schedule", "--schedule")
    put(warmUp, \.plan.warmUpSteps, "plan.warm_up_steps", "--warm-up")
    put(clip, \.plan.clipNorm, "plan.clip_norm", "--clip")
    put(precision, \.plan.precision, "plan.precision", "--precision")
    put(validationShare, \.validationPercent, "validation_percent", "--validation-share")
    put(validateEvery, \.validationInterval, "validation_interval", "--validate-every")
    put(checkpointEvery, \.checkpointInterval, "checkpoint_interval", "--checkpoint-every")
    put(sampleEvery, \.sampleInterval, "sample_interval", "--sample-every")
    put(logEvery, \.logInterval, "log_interval", "--log-every")
    put(keep, \.keptCheckpoints, "kept_checkpoints", "--keep")
    put(patience.map { $0 }, \.patience, "patience", "--patience")
    put(sampleRate.map { $0 }, \.sampleRate, "sample_rate", "--sample-rate")
    put(condition.map { $0.split(separator: ",").map(String.init) }, \.condition, "condition", "--condition")
    put(features.map { $0 }, \.featureSource, "feature_source", "--features")
    put(featureHop.map { $0 }, \.featureHop, "feature_hop", "--feature-hop")
    put(signal.map { $0 }, \.signal, "signal", "--signal")
    try putDistillation(to: &chosen)
    if let trimSilence {
      chosen.settings.trimming = SilenceTrimming(thresholdDecibels: trimSilence)
      chosen.note("trimming.threshold_decibels", "--trim-silence")
    }
  }

  /// Makes the changes of `--config` and `--set`.
  private func applyDocument(to chosen: inout ChosenSettings) throws {
    var document = FieldDocument(chosen.settings, TrainingSettings.fields)
    if let config {
      try document.apply(file: config)
      chosen.change(origin: config) { $0 = document.settings }
    }
    for assignment in assignments {
      let key = try document.set(assignment)
      chosen.settings = document.settings
      chosen.note(key, "--set")
    }
  }
}
