import Foundation
import Kodama
import TestSupport

/// A training run of three steps: what is in its files, and the folder laid out again for each target.
enum ExampleRun {
  /// The run's own files, and those of its checkpoint, by their names.
  private static let files: (run: [String: [UInt8]], checkpoint: [String: [UInt8]]) = {
    try! withTemporaryFolder { folder in
      try writeCorpus(folder + "/corpus")
      var settings = TrainingSettings(architecture: ExampleModels.models[0].configuration, plan: TrainingPlan())
      (settings.plan.batchSize, settings.plan.cropSamples) = (1, 50)
      (settings.logInterval, settings.sampleSeconds, settings.validationPercent) = (1, 0.01, 0)
      let job = try TrainingJob(
        corpus: folder + "/corpus", run: folder + "/run", settings: settings, workers: .serial)
      try job.train(until: .steps(3))
      let run = try ["corpus.json", "metrics.jsonl"].map { ($0, try bytes(folder + "/run/" + $0)) }
      return (
        Dictionary(uniqueKeysWithValues: run), try ExampleModels.files(in: checkpoint(folder + "/run"))
      )
    }
  }()

  /// Writes the recordings that it learned from, where they are not there yet.
  static func writeCorpus(_ folder: String) throws {
    try Folder.create(folder)
    for name in ["a", "b"] where !AtomicFile.exists(folder + "/\(name).wav") {
      let samples = (0..<400).map { Float(0.4 * sin(0.2 * Double($0))) }
      try AudioWriter.write(Waveform(samples, sampleRate: 8000), to: folder + "/\(name).wav", existing: .replace)
    }
  }

  static func checkpoint(_ run: String) -> String { run + "/checkpoints/step-3" }

  /// A file of the checkpoint.
  static func file(_ name: String) throws -> [UInt8] { files.checkpoint[name]! }

  static var corpusIndex: [[UInt8]] { get throws { [files.run["corpus.json"]!] } }

  /// The log as it is, and one with a validation and a rollback.
  static var metrics: [[UInt8]] {
    get throws {
      let log = files.run["metrics.jsonl"]!
      let more = #"""
        {"kind":"validation","step":3,"bitsPerSample":5.25,"averageBitsPerSample":5.5}
        {"kind":"rollback","step":3,"toStep":1}

        """#
      return [log, log + Array(more.utf8) + log]
    }
  }

  /// Documents of settings.
  static var settings: [[UInt8]] {
    get throws {
      let record = String(decoding: try file("training.json"), as: UTF8.self)
      let whole = try JSON(parsing: Array(record.utf8), path: "training.json")
      let part = #"{"architecture": {"residual_channels": 48}, "plan": {"batch_size": 4}, "trimming": null}"#
      return [Array(part.utf8)] + (whole["settings"].map { [Array($0.indentedText.utf8)] } ?? [])
    }
  }

  /// Lays the run out in a folder, as it was.
  static func lay(in folder: String) throws {
    if !AtomicFile.exists(checkpoint(folder)) {
      try Folder.create(checkpoint(folder))
      for (name, bytes) in files.checkpoint { try write(bytes, to: checkpoint(folder) + "/" + name) }
      for (name, bytes) in files.run { try write(bytes, to: folder + "/" + name) }
    }
  }
}
