import Foundation
import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaSignal
import KodamaSpectra
import KodamaWaveNets

/// A folder of features for a folder of recordings: for `a/b.wav` a file `a/b.npy`, a matrix [frames, channels].
///
/// `kodama features` also writes `features.json` with the convention:
///
///     {"format_version": 1, "log_mel": {"sample_rate": 22050, "fft_length": 1024, …}}
///
/// and under `channel` the channel that was used, if not the mean of all.
public struct FeatureFolder: Sendable, Equatable {
  /// The path.
  public let path: String
  /// The convention of its features; nil where they were computed by another program.
  public let convention: LogMelConvention?
  /// The channel of the recordings that the features were computed from, where recorded.
  package let channel: ChannelChoice

  package static let documentName = "features.json"
  private static let formatVersion = 1
  private static let key = "log_mel"
  private static let channelKey = "channel"

  /// Opens a folder and reads its convention, if there is one.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault` where `features.json` is invalid.
  public init(_ path: String) throws {
    _ = try Folder.names(path)
    self.path = Folder.trimmed(path)
    let document = self.path + "/" + Self.documentName
    guard AtomicFile.exists(document) else {
      (convention, channel) = (nil, .mix)
      return
    }
    let file = try Configuration(document, version: Self.formatVersion, keys: [Self.key, Self.channelKey])
    convention = try LogMelConvention(file, key: Self.key)
    let text = try file.string(Self.channelKey, default: ChannelChoice.mix.description)
    guard let choice = ChannelChoice(text) else {
      throw CheckpointFault.wrongValue(
        path: document, key: Self.channelKey, value: text, expected: "mix or the number of a channel")
    }
    channel = choice
  }

  /// Writes `features.json`.
  package static func writeDocument(_ convention: LogMelConvention, channel: ChannelChoice, toFolder path: String)
    throws
  {
    var members = [JSON.Member("format_version", JSON(formatVersion)), JSON.Member(key, convention.json)]
    if channel != .mix { members.append(JSON.Member(channelKey, .string(channel.description))) }
    let document = JSON.object(members)
    try AtomicFile.write(to: path + "/" + documentName, existing: .replace) { try $0.write(document.indentedText) }
  }

  static let fileExtension = ".npy"

  /// The path of a recording's features relative to the folder: `a/b.npy` for `a/b.wav`.
  package static func fileName(of recording: String) -> String {
    PathText.stem(recording) + fileExtension
  }

  /// The path of a recording's features.
  package func path(of recording: String) -> String { path + "/" + Self.fileName(of: recording) }

  /// Throws unless the features match a model and a channel of the recordings, as far as the folder records them.
  ///
  /// - Throws: `FeatureFault.otherConvention`, `.noConvention`.
  package func check(_ features: FeatureConditioning, channel wanted: ChannelChoice) throws {
    try check(features)
    if convention == nil || channel == wanted { return }
    throw FeatureFault.otherConvention(
      path: path + "/" + Self.documentName, differences: ["channel is \(channel) there, \(wanted) is wanted"])
  }

  /// Throws unless the features match those that a model is conditioned on, as far as the folder records them.
  ///
  /// - Throws: `FeatureFault.otherConvention`, `.noConvention`.
  public func check(_ features: FeatureConditioning) throws {
    let document = path + "/" + Self.documentName
    switch (features.source, convention) {
    case (.logMel(let wanted), let convention?):
      let differences = convention.differences(from: wanted)
      if differences.isEmpty { return }
      throw FeatureFault.otherConvention(
        path: document, differences: differences.map { "\($0.field) is \($0.value) there, \($0.other) is wanted" })
    case (.logMel, nil): throw FeatureFault.noConvention(folder: path)
    case (.frames(let channels, let hop), let convention?):
      let pairs = [("bands", convention.bands, channels), ("hop_length", convention.hopLength, hop)]
      let differences = pairs.filter { $0.1 != $0.2 }.map { "\($0.0) is \($0.1) there, \($0.2) is wanted" }
      if !differences.isEmpty { throw FeatureFault.otherConvention(path: document, differences: differences) }
    case (.frames, nil): return
    case (.signal, _): throw FeatureFault.featuresForSignal(folder: path)
    }
  }

  /// Opens the features of a recording without checking them.
  ///
  /// - Throws: `FeatureFault.missingFeatures`; the errors of opening the file.
  package func open(_ recording: String) throws -> NumpyFile {
    let path = path(of: recording)
    if !AtomicFile.exists(path) { throw FeatureFault.missingFeatures(path: path, recording: recording) }
    return try NumpyFile(path)
  }

  /// Opens the features of a recording and checks them against a model.
  ///
  /// - Parameters:
  ///   - recording: its path in the corpus.
  ///   - samples: its length at the model's rate.
  /// - Throws: `FeatureFault.missingFeatures`, `.otherChannels`, `.otherLength`; the errors of opening the file.
  package func open(_ recording: String, samples: Int, features: FeatureConditioning) throws -> NumpyFile {
    let file = try open(recording)
    try Self.check(
      file.path, frames: file.rows, channels: file.columns, recording: recording, samples: samples, features: features)
    return file
  }

  /// Throws unless the size of a matrix matches a number of samples: ⌈samples / hop⌉ frames, or 1 + ⌊samples / hop⌋ for
  /// frames centered on every hop.
  ///
  /// - Throws: `FeatureFault.otherChannels`, `.otherLength`.
  package static func check(
    _ path: String, frames: Int, channels: Int, recording: String, samples: Int, features: FeatureConditioning
  ) throws {
    if channels != features.channels {
      throw FeatureFault.otherChannels(path: path, channels: channels, expected: features.channels)
    }
    if !features.hasFrames(frames, forSamples: samples) {
      throw FeatureFault.otherLength(
        path: path, frames: frames, recording: recording, samples: samples, hopLength: features.hopLength)
    }
  }
}
