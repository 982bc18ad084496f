import Foundation
import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaWaveNets

extension FeatureSequence {
  /// Features from a .npy file, [frames, channels]. If there is a `features.json` in its folder or a parent, its
  /// convention must match the model's.
  ///
  /// - Throws: `WaveNetFault.notConditionedOnFeatures`, `.missingFeatures`, `.featureChannels`;
  ///   `FeatureFault.otherConvention`; `FileFault`, `CheckpointFault`.
  public init(file path: String, for model: InferenceModel) throws {
    guard let features = model.configuration.conditioning.features else {
      throw WaveNetFault.notConditionedOnFeatures
    }
    if features.source == .signal { throw WaveNetFault.missingFeatures(features) }
    if let folder = try FeatureFolder.holding(path), folder.convention != nil { try folder.check(features) }
    let matrix = try NumpyMatrix(contentsOf: path)
    if matrix.columns != features.channels { throw WaveNetFault.featureChannels(found: matrix.columns, features) }
    if matrix.rows == 0 { throw FeatureFault.noFrames(path: path) }
    self.init(matrix.values, channels: matrix.columns)
  }

  /// A second recording, at the model's rate, sample by sample.
  ///
  /// - Throws: `WaveNetFault.notConditionedOnFeatures`, `.missingFeatures`; `FileFault`, `AudioFault`.
  public init(signal path: String, channel: ChannelChoice = .mix, for model: InferenceModel) throws {
    guard let features = model.configuration.conditioning.features else {
      throw WaveNetFault.notConditionedOnFeatures
    }
    if features.source != .signal { throw WaveNetFault.missingFeatures(features) }
    self.init(try AudioFile.readMono(path, sampleRate: model.sampleRate, channel: channel), channels: 1)
  }
}

extension FeatureFolder {
  /// The folder of features that contains a file: the nearest parent with a `features.json`; nil where there is none.
  package static func holding(_ path: String) throws -> FeatureFolder? {
    // As an absolute path, so that the parents are those of the file and not only those in the given path.
    var folder = URL(fileURLWithPath: path).standardizedFileURL.path
    while let above = PathText.folder(folder) {
      folder = above
      if AtomicFile.exists(folder + "/" + documentName) { return try FeatureFolder(folder) }
    }
    return nil
  }
}

extension Conditioning {
  /// The conditions of recordings, one per recording.
  ///
  /// - Throws: `LabelFault`.
  package func conditions(of recordings: Recordings) throws(LabelFault) -> [Conditions] {
    try conditions(of: recordings.items.map { ($0.path, $0.labels) })
  }
}
