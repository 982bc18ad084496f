import Foundation
import Kodama
import TestSupport

/// A corpus and a model that many tests share and none changes.
enum Fixture {
  /// The sample rate of both.
  static let sampleRate = 8000

  /// Four recordings of half a second and the model of three steps made from them.
  private static let folder: String = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)").path
    do {
      for number in 0..<4 { try writeSound(folder + "/corpus/\(number).wav", seconds: 0.5, seed: UInt64(number)) }
      let job = try TrainingJob(
        corpus: folder + "/corpus", run: folder + "/run", settings: settings, workers: .serial)
      try job.train(until: .steps(3))
    } catch {
      fatalError("the model that tests share cannot be made: \(error)")
    }
    atexit { try? FileManager.default.removeItem(atPath: Fixture.folder) }
    return folder
  }()

  /// The folder of recordings.
  static var corpus: String { folder + "/corpus" }
  /// A run that has taken three steps.
  static var run: String { folder + "/run" }
  /// The model folder in it.
  static var model: String { run + "/checkpoints/step-3" }
  /// One of the recordings.
  static var recording: String { corpus + "/0.wav" }

  private static var settings: TrainingSettings {
    var settings = TrainingSettings(
      architecture: WaveNetConfiguration(
        dilations: [1, 2, 4], residualChannels: 4, gateChannels: 4, skipChannels: 8), plan: TrainingPlan())
    settings.plan.batchSize = 2
    settings.plan.cropSamples = 200
    settings.sampleSeconds = 0.01
    return settings
  }

  /// What makes `train` as quick as that: the arguments after the corpus.
  static let training = [
    "--set", "dilations=[1,2,4]", "--set", "residual_channels=4", "--set", "gate_channels=4", "--set",
    "skip_channels=8", "--set", "head_channels=8", "--set", "sample_seconds=0.01", "--crop", "200", "--batch", "2",
    "--threads", "1", "--quiet",
  ]

  /// Writes a tone with a little noise.
  static func writeSound(
    _ path: String, seconds: Double, sampleRate: Int = sampleRate, channels: Int = 1, seed: UInt64 = 1
  ) throws {
    var random = Philox(seed: seed)
    let count = Int(seconds * Double(sampleRate))
    let tone = (0..<count).map { t in
      Float(0.4 * sin(Double(t) * (0.2 + 0.05 * Double(seed))) + 0.05 * random.normal())
    }
    try write([], to: path)
    try AudioWriter.write(
      Waveform(channels: [[Float]](repeating: tone, count: channels), sampleRate: sampleRate), to: path,
      existing: .replace)
  }

  /// A copy of the model to be damaged.
  static func copyModel(to path: String) throws {
    for name in ["config.json", "model.safetensors"] { try write(bytes(model + "/" + name), to: path + "/" + name) }
  }
}
