import Foundation
import KodamaCheckpoints
import KodamaCore
import KodamaTraining
import KodamaWaveNets

/// What a checkpoint says of how it came about: `config.json`, which with the weights makes a model, and
/// `training.json`, the settings and the recordings, which a resumed run must share.
package struct RunRecord: Sendable, Equatable, Codable {
  /// The settings.
  package let settings: TrainingSettings
  /// The rate of the model in Hz.
  package let sampleRate: Int
  /// The fingerprint of the recordings that are learned from.
  package let corpus: StableHash
  /// That of the recordings kept back.
  package let validation: StableHash?
  /// That of features or of second recordings that the network hears; nil where it hears none, or computes them.
  package let features: StableHash?

  private static let name = "/training.json"

  package init(
    settings: TrainingSettings, sampleRate: Int, corpus: StableHash, validation: StableHash?,
    features: StableHash? = nil
  ) {
    self.settings = settings
    self.sampleRate = sampleRate
    self.corpus = corpus
    self.validation = validation
    self.features = features
  }

  /// Whether a checkpoint has a record: one of another task has none.
  package static func exists(inCheckpoint folder: String) -> Bool { AtomicFile.exists(folder + name) }

  /// Reads the record of a checkpoint and checks the settings as training does.
  ///
  /// - Throws: `TrainingFault.badCheckpoint`.
  package init(checkpoint folder: String) throws {
    let path = folder + Self.name
    // Anything else under this name, such as a pipe, might be waited for.
    guard Folder.hasFile(path) else { throw TrainingFault.badCheckpoint(path: path, problem: "there is no such file") }
    do {
      self = try SettingsDocument.decoder.decode(RunRecord.self, from: Data(RegularFile.read(path)))
    } catch {
      throw TrainingFault.badCheckpoint(path: path, problem: DecodingProblem.describe(error))
    }
    do {
      try settings.checkValues()
      try WaveNetConfiguration.validate(sampleRate: sampleRate, source: "settings")
      try settings.architecture.conditioning.features?.validate(sampleRate: sampleRate, source: "settings")
    } catch let fault as any Fault {
      throw TrainingFault.badCheckpoint(path: path, problem: "\(fault)")
    }
  }

  package func write(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .replace) {
      try $0.write(WaveNetModel.configurationText(sampleRate: sampleRate, settings.architecture))
    }
    let data = try SettingsDocument.encoder.encode(self)
    try AtomicFile.write(to: folder + Self.name, existing: .replace) { try $0.write(Array(data) + [0x0A]) }
  }

  /// What differs from an earlier record and changes the weights that come out; how often something is looked at or
  /// written does not.
  package func changes(since earlier: RunRecord) -> [String] {
    var changes: [String] = []
    func compare<T: Equatable>(_ name: String, _ now: T, _ before: T) {
      if now != before { changes.append("\(name) was \(before), is \(now)") }
    }
    compare("sample rate", sampleRate, earlier.sampleRate)
    if settings.architecture != earlier.settings.architecture { changes.append("another architecture") }
    if validation != earlier.validation { changes.append("other recordings are kept back for validation") }
    if corpus != earlier.corpus { changes.append("another corpus, or its files changed") }
    if features != earlier.features { changes.append("other features, or their files changed") }
    let (now, before) = (settings.plan, earlier.settings.plan)
    compare("batch", now.batchSize, before.batchSize)
    compare("crop", now.cropSamples, before.cropSamples)
    compare("accumulation", now.accumulation, before.accumulation)
    compare("seed", now.seed, before.seed)
    compare("optimizer", now.optimizer.rawValue, before.optimizer.rawValue)
    compare("learning rate", now.learningRate, before.learningRate)
    compare("weight decay", now.weightDecay, before.weightDecay)
    compare("schedule", now.schedule.rawValue, before.schedule.rawValue)
    compare("warm-up", now.warmUpSteps, before.warmUpSteps)
    compare("decay steps", now.decaySteps, before.decaySteps)
    compare("decay factor", now.decayFactor, before.decayFactor)
    compare("cosine steps", now.cosineSteps, before.cosineSteps)
    compare("cosine final", now.cosineFinal, before.cosineFinal)
    compare("clip", now.clipNorm, before.clipNorm)
    compare("average decay", now.averageDecay, before.averageDecay)
    if now.groups != before.groups { changes.append("other groups of parameters") }
    if settings.trainedLabels != earlier.settings.trainedLabels { changes.append("other labels are trained alone") }
    let (options, earlierOptions) = (settings.recordingOptions, earlier.settings.recordingOptions)
    compare("channel", options.channel, earlierOptions.channel)
    compare("silence", options.silence, earlierOptions.silence)
    if settings.trimming != earlier.settings.trimming { changes.append("another trimming of silence") }
    return changes
  }
}
