import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaTraining
import KodamaWaveNets

extension TrainingSettings {
  /// The document of settings: the value of `settings` in `training.json`, which `--config` and `--set` change.
  package static let fields: ConfigurationFields<TrainingSettings> = [
    .section("architecture", \.architecture, WaveNetConfiguration.settingFields, "The network"),
    .section("plan", \.plan, WaveNetPlan.fields, "The training plan"),
    .init("sample_rate", \.sampleRate, .integer(rates), "The rate of the model in Hz; null: the corpus's"),
    .init("channel", \.channel, .channel, "How recordings are mixed down to one channel"),
    .init("silence", \.silence, .number(silences), "The loudest that counts as silence, in dB of full scale"),
    .section(
      "trimming", \.trimming, SilenceTrimming.fields, base: SilenceTrimming(),
      "Trims silence at both ends of recordings"),
    .init("condition", \.condition, .texts, "The label sets that the network is conditioned on"),
    .init("feature_source", \.featureSource, .text, "The conditioning features: mel, or a folder of them"),
    .init("feature_hop", \.featureHop, .integer(), "The hop of features in files, in samples"),
    .init("signal", \.signal, .text, "A folder of second recordings to condition on"),
    .init("validation_features", \.validationFeatures, .text, "Features of validation recordings"),
    .init("validation_signal", \.validationSignal, .text, "Second recordings of validation recordings"),
    .init("trained_labels", \.trainedLabels, .texts, "Labels, each as set=label, whose embeddings alone are trained"),
    .section(
      "distillation", \.distillation, WaveNetDistillation.fields, base: WaveNetDistillation(teacher: ""),
      "What is learned from another model"),
    .init(
      "steps", \.steps, .integer(AllowedValues("a number of steps") { $0 >= 0 }),
      "The steps of the run in total; null: not known at its start"),
    .init(
      "patience", \.patience, .integer(positive),
      "Validations without a better one after which training ends; null: never"),
    .init(
      "validation_percent", \.validationPercent,
      .number(AllowedValues("0 to 50 %", unit: " %") { (0...50).contains($0) }),
      "The share of the duration that is held out for validation", name: "validation share"),
    .init(
      "validation_seconds", \.validationSeconds,
      .number(AllowedValues("0 to 1e7 s", unit: " s") { $0 > 0 && $0 <= 1e7 }),
      "The length of audio to validate on, in seconds; null: 120, less in a short run"),
    .init("validation_interval", \.validationInterval, .integer(positive), "Steps between two validations"),
    .init("checkpoint_interval", \.checkpointInterval, .integer(positive), "Steps between two checkpoints"),
    .init("sample_interval", \.sampleInterval, .integer(positive), "Steps between two samples of audio"),
    .init(
      "sample_seconds", \.sampleSeconds, .number(AllowedValues("0 to 600 s", unit: " s") { $0 > 0 && $0 <= 600 }),
      "The length of a sample of audio, in seconds"),
    .init("log_interval", \.logInterval, .integer(positive), "Steps between two lines of the log"),
    .init("kept_checkpoints", \.keptCheckpoints, .integer(positive), "The number of newest checkpoints that are kept"),
  ]

  private static let positive = AllowedValues<Int>("a positive number") { $0 > 0 }
  private static let (lowest, highest) = (
    WaveNetConfiguration.sampleRateRange.lowerBound, WaveNetConfiguration.sampleRateRange.upperBound
  )
  private static let rates = AllowedValues<Int>(
    "between \(lowest) and \(highest) Hz", unit: " Hz", WaveNetConfiguration.sampleRateRange.contains)
  private static let silences = AllowedValues<Double>(
    "\(RecordingOptions.silenceRange.lowerBound) to \(RecordingOptions.silenceRange.upperBound) dB", unit: " dB",
    RecordingOptions.silenceRange.contains)
}

extension SilenceTrimming {
  /// The settings of a trimming.
  fileprivate static let fields: ConfigurationFields<SilenceTrimming> = [
    .init(
      "threshold_decibels", \.thresholdDecibels,
      .number(AllowedValues("between -200 and 0 dB", unit: " dB") { (-200..<0).contains($0) }),
      "The loudest that counts as silence, in dB of full scale", .optional, name: "trimming threshold"),
    .init(
      "margin_seconds", \.marginSeconds,
      .number(AllowedValues("between 0 and 60 s", unit: " s") { (0...60).contains($0) }),
      "The silence that is kept at each end, in seconds", .optional, name: "trimming margin"),
  ]
}

extension ValueForm<ChannelChoice> {
  fileprivate static let channel = Self(
    expected: "mix, left, right or the number of a channel as text", read: { $0.string.flatMap(ChannelChoice.init) },
    write: { JSON($0.description) })
}
