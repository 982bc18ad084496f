import Foundation
import KodamaCheckpoints
import KodamaCore
import KodamaSignal
import KodamaSpectra
import KodamaWaveNets

/// A folder of features beside a folder of recordings: for `a/b.wav` a file `a/b.npy`, a matrix [frames, channels].
///
/// Where `kodama features` made it, `features.json` says by what convention:
///
///     {"format_version": 1, "log_mel": {"sample_rate": 22050, "fft_length": 1024, …}}
public struct FeatureFolder: Sendable, Equatable {
  /// Where it is.
  public let path: String
  /// The convention of its features; nil where they were made elsewhere.
  public let convention: LogMelConvention?

  static let documentName = "features.json"
  private static let formatVersion = 1
  private static let key = "log_mel"

  /// Looks for the convention of a folder.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault` where `features.json` cannot be understood.
  public init(_ path: String) throws {
    _ = try Folder.names(path)
    self.path = Folder.trimmed(path)
    let document = self.path + "/" + Self.documentName
    convention =
      AtomicFile.exists(document)
      ? try LogMelConvention(Configuration(document, version: Self.formatVersion, keys: [Self.key]), key: Self.key)
      : nil
  }

  /// Writes `features.json`.
  static func writeDocument(_ convention: LogMelConvention, toFolder path: String) throws {
    let document = JSON.object([.init("format_version", JSON(formatVersion)), .init(key, convention.json)])
    try AtomicFile.write(to: path + "/" + documentName, existing: .replace) { try $0.write(document.indentedText) }
  }

  /// Files of features in a folder that are not in a list.
  static func otherFeatures(in path: String, than list: FeatureList) -> [String] {
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return list.missing(of: names.filter { $0.hasSuffix(fileExtension) }.sorted())
  }

  private static let fileExtension = ".npy"

  /// The file of a recording, relative to the folder: `a/b.npy` for `a/b.wav`.
  static func fileName(of recording: String) -> String {
    let name = recording.lastIndex(of: "/").map { recording[recording.index(after: $0)...] } ?? recording[...]
    let stem = name.lastIndex(of: ".").flatMap { $0 > name.startIndex ? $0 : nil } ?? name.endIndex
    return recording[..<stem] + fileExtension
  }

  /// The path of a recording's file.
  func path(of recording: String) -> String { path + "/" + Self.fileName(of: recording) }

  /// Throws unless the features are those that a model hears, as far as the folder says.
  ///
  /// - Throws: `JobFault.otherConvention`, `.noConvention`.
  public func check(_ features: FeatureConditioning) throws {
    let document = path + "/" + Self.documentName
    switch (features.source, convention) {
    case (.logMel(let wanted), let convention?):
      let differences = convention.differences(from: wanted)
      if differences.isEmpty { return }
      throw JobFault.otherConvention(
        path: document, differences: differences.map { "\($0.field) is \($0.value) there, \($0.other) is wanted" })
    case (.logMel, nil): throw JobFault.noConvention(folder: path)
    case (.frames(let channels, let hop), let convention?):
      let pairs = [("bands", convention.bands, channels), ("hop_length", convention.hopLength, hop)]
      let differences = pairs.filter { $0.1 != $0.2 }.map { "\($0.0) is \($0.1) there, \($0.2) is wanted" }
      if !differences.isEmpty { throw JobFault.otherConvention(path: document, differences: differences) }
    case (.frames, nil): return
    case (.signal, _): throw JobFault.featuresForSignal(folder: path)
    }
  }

  /// Opens the features of a recording, whatever they are.
  ///
  /// - Throws: `JobFault.missingFeatures`; what opening the file throws.
  func open(_ recording: String) throws -> NumpyFile {
    let path = path(of: recording)
    if !AtomicFile.exists(path) { throw JobFault.missingFeatures(path: path, recording: recording) }
    return try NumpyFile(path)
  }

  /// Opens the features of a recording that a model is to hear.
  ///
  /// - Parameters:
  ///   - recording: its path in the corpus.
  ///   - samples: its length at the model's rate.
  /// - Throws: `JobFault.missingFeatures`, `.otherChannels`, `.otherLength`; what opening the file throws.
  func open(_ recording: String, samples: Int, features: FeatureConditioning) throws -> NumpyFile {
    let file = try open(recording)
    try Self.check(
      file.path, frames: file.rows, channels: file.columns, recording: recording, samples: samples, features: features)
    return file
  }

  /// Throws unless a matrix can be the features of a sound of some samples: ⌈samples / hop⌉ frames, or 1 + ⌊samples /
  /// hop⌋ as of frames that are centred on every hop.
  ///
  /// - Throws: `JobFault.otherChannels`, `.otherLength`.
  package static func check(
    _ path: String, frames: Int, channels: Int, recording: String, samples: Int, features: FeatureConditioning
  ) throws {
    if channels != features.channels {
      throw JobFault.otherChannels(path: path, channels: channels, expected: features.channels)
    }
    if !features.hasFrames(frames, forSamples: samples) {
      throw JobFault.otherLength(
        path: path, frames: frames, recording: recording, samples: samples, hopLength: features.hopLength)
    }
  }
}
