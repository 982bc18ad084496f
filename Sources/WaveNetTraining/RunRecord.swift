import KodamaCheckpoints
import KodamaCore
import KodamaTraining
import KodamaWaveNets

/// The record of a training run in a checkpoint: `config.json`, which makes a model together with the weights, and
/// `training.json`, the settings and the recordings, which must not change when the run is resumed.
package struct RunRecord: Sendable, Equatable {
  /// The settings.
  package private(set) var settings: TrainingSettings
  /// The rate of the model in Hz.
  package private(set) var sampleRate: Int
  /// The fingerprint of the training recordings.
  package private(set) var corpus: StableHash
  /// The fingerprint of the validation recordings.
  package private(set) var validation: StableHash?
  /// The fingerprint of features or second recordings; nil where there are none, or features are computed.
  package private(set) var features: StableHash?
  /// The fingerprint of the weights of the teacher; nil where there is none.
  package private(set) var teacher: StableHash?
  /// The fingerprint of the sound that the teacher has generated; nil where there is none.
  package private(set) var sound: StableHash?

  private static let name = "/training.json"

  private static let fields: ConfigurationFields<RunRecord> = [
    .section("settings", \.settings, TrainingSettings.fields, "The settings"),
    .init("sample_rate", \.sampleRate, .integer(), "The rate of the model in Hz"),
    .init("corpus", \.corpus, .hash, "The fingerprint of the training recordings"),
    .init("validation", \.validation, .hash, "The fingerprint of the validation recordings"),
    .init("features", \.features, .hash, "The fingerprint of features or second recordings"),
    .init("teacher", \.teacher, .hash, "The fingerprint of the teacher's weights"),
    .init("sound", \.sound, .hash, "The fingerprint of the teacher's sound"),
  ]

  package init(
    settings: TrainingSettings, sampleRate: Int, corpus: StableHash, validation: StableHash?,
    features: StableHash? = nil, teacher: StableHash? = nil, sound: StableHash? = nil
  ) {
    self.settings = settings
    self.sampleRate = sampleRate
    self.corpus = corpus
    self.validation = validation
    self.features = features
    self.teacher = teacher
    self.sound = sound
  }

  /// Whether a checkpoint has a record: those of other tasks have none.
  package static func exists(inCheckpoint folder: String) -> Bool { AtomicFile.exists(folder + name) }

  /// Reads the record of a checkpoint and validates the settings.
  ///
  /// - Throws: `TrainingFault.badCheckpoint`.
  package init(checkpoint folder: String) throws {
    let path = folder + Self.name
    // Reading another kind of file, such as a pipe, might block.
    guard Folder.hasFile(path) else { throw TrainingFault.badCheckpoint(path: path, problem: "there is no such file") }
    try self.init(in: path) { try JSON(objectIn: path) }
  }

  /// Reads the record in an object of a file and validates the settings.
  ///
  /// - Throws: `TrainingFault.badCheckpoint`.
  package init(in path: String, _ json: () throws -> JSON) throws {
    func bad(_ problem: String) -> TrainingFault { .badCheckpoint(path: path, problem: problem) }
    self.init(settings: TrainingSettings(), sampleRate: 0, corpus: StableHash(""), validation: nil)
    do {
      // A later version may have written more.
      try Self.fields.read(json(), ignoresUnknownKeys: true, into: &self)
    } catch SettingProblem.missingKey(let key) {
      throw bad("the key \(key) is missing")
    } catch SettingProblem.wrongValue(let key, _, let expected) {
      throw bad("\(key) must be \(expected.plainText)")
    } catch let fault as JSONFault {
      throw bad("it is no valid JSON: byte \(fault.offset): \(fault.problem)")
    } catch {
      throw bad("it cannot be read")
    }
    do {
      try settings.checkValues()
      try WaveNetConfiguration.validate(sampleRate: sampleRate, source: "settings")
      try settings.architecture.conditioning.features?.validate(sampleRate: sampleRate, source: "settings")
    } catch let fault as any Fault {
      throw bad("\(fault)")
    }
  }

  /// The record as an object.
  package var json: JSON { Self.fields.json(of: self, isComplete: true) }

  package func write(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .replace) {
      try $0.write(WaveNetModel.configurationText(sampleRate: sampleRate, settings.architecture))
    }
    try AtomicFile.write(to: folder + Self.name, existing: .replace) { try $0.write(json.sortedText + "\n") }
  }

  /// The text for a change of settings that consist of several values.
  private static let wholes = [
    "groups": "other groups of parameters", "pruning": "other pruning", "rounding": "other rounding",
    "cooperation": "other cooperation",
  ]

  /// The differences from an earlier record that affect the resulting weights.
  package func changes(since earlier: RunRecord) -> [String] {
    var changes: [String] = []
    func compare<T: Equatable>(_ name: String, _ now: T, _ before: T) {
      if now != before { changes.append("\(name) was \(before), is \(now)") }
    }
    compare("sample rate", sampleRate, earlier.sampleRate)
    changes += WaveNetConfiguration.settingFields.differences(
      from: earlier.settings.architecture, to: settings.architecture
    ).map { field, old, new in
      max(old.count, new.count) <= 40 ? "\(field.name) was \(old), is \(new)" : "\(field.name) of the network changed"
    }
    if validation != earlier.validation { changes.append("other validation recordings") }
    if corpus != earlier.corpus { changes.append("another corpus, or its files changed") }
    if features != earlier.features { changes.append("other features, or their files changed") }
    for (field, old, new) in WaveNetPlan.fields.differences(from: earlier.settings.plan, to: settings.plan) {
      changes.append(Self.wholes[field.key] ?? "\(field.name) was \(old), is \(new)")
    }
    changes += Distillation.changes(
      from: (earlier.settings.distillation?.distillation, earlier.teacher),
      to: (settings.distillation?.distillation, teacher))
    changes += WaveNetDistillation.changes(from: earlier.settings.distillation, to: settings.distillation)
    if settings.trainedLabels != earlier.settings.trainedLabels { changes.append("other trained labels") }
    let (options, earlierOptions) = (settings.recordingOptions, earlier.settings.recordingOptions)
    compare("channel", options.channel, earlierOptions.channel)
    compare("silence", options.silence, earlierOptions.silence)
    if settings.trimming != earlier.settings.trimming { changes.append("another trimming of silence") }
    return changes
  }
}
