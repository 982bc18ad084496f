import Foundation
import Kodama
import TestSupport

/// Untrained models that are conditioned on features, which many tests share and none changes, and what they hear.
enum FeatureModels {
  /// What `mel` and `labelled` hear: a frame every 32 samples.
  static let convention = LogMelConvention(sampleRate: Fixture.sampleRate, fftLength: 128, hopLength: 32, bands: 12)
  /// Frames that must follow a frame before its samples can come: one of context, and one to interpolate to.
  static let marginFrames = 2

  private static let folder: String = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)").path
    do {
      try Folder.create(folder)
      let mel = FeatureConditioning(.logMel(convention), contextFrames: 1)
      let speakers = [LabelSet("speaker", ["anna", "ben"])]
      try save(folder + "/mel", Conditioning(features: mel))
      try save(folder + "/labelled", Conditioning(labels: speakers, features: mel))
      try save(folder + "/frames", Conditioning(features: FeatureConditioning(.frames(channels: 3, hopLength: 40))))
      try save(folder + "/signal", Conditioning(features: FeatureConditioning(.signal)))
      // Long enough for every metric, and of two rates.
      try Fixture.writeSound(folder + "/sounds/a.wav", seconds: 0.6, seed: 1)
      try Fixture.writeSound(folder + "/sounds/deep/b.wav", seconds: 0.5, seed: 2)
      try Fixture.writeSound(folder + "/sounds/deep/c.wav", seconds: 0.4, sampleRate: 16_000, channels: 2, seed: 3)
      let end = try Command.run(
        ["features", folder + "/sounds", "-o", folder + "/features", "--model", folder + "/mel", "--quiet"])
      if end.status != 0 { throw Child.Failure(description: end.errors) }
    } catch {
      fatalError("the models that tests share cannot be made: \(error)")
    }
    atexit { try? FileManager.default.removeItem(atPath: FeatureModels.folder) }
    return folder
  }()

  /// A model that hears log-mel features.
  static var mel: String { folder + "/mel" }
  /// A model that hears log-mel features, and has the label set `speaker`: anna and ben.
  static var labelled: String { folder + "/labelled" }
  /// A model that hears three numbers every 40 samples.
  static var frames: String { folder + "/frames" }
  /// A model that hears a second recording.
  static var signal: String { folder + "/signal" }
  /// Recordings: a.wav, deep/b.wav, and deep/c.wav of another rate and two channels.
  static var sounds: String { folder + "/sounds" }
  /// What `mel` hears of them, as `kodama features` computed it.
  static var features: String { folder + "/features" }

  /// Weights so large that what is heard matters.
  private static func save(_ path: String, _ conditioning: Conditioning) throws {
    let configuration = WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 4, gateChannels: 4, skipChannels: 8, headChannels: 8, classes: 64,
      conditioning: conditioning)
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
    parameters.scale(by: 4)
    try WaveNetModel(sampleRate: Fixture.sampleRate, configuration: configuration, parameters: parameters)
      .save(to: path)
  }

  /// Writes random frames of three numbers, which `frames` hears.
  static func writeFrames(_ path: String, count: Int, channels: Int = 3, _ change: (inout [Float]) -> Void = { _ in })
    throws
  {
    var random = Philox(seed: 5)
    var values = (0..<count * channels).map { _ in Float(random.normal()) }
    change(&values)
    try NumpyMatrix(rows: count, columns: channels, values: values).write(to: path, existing: .replace)
  }
}
