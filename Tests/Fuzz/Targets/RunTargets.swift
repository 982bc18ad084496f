import Kodama

extension FuzzTarget {
  /// What a training run reads and leaves.
  static let runTargets = [
    FuzzTarget("settings", "a file of training settings", form: .text, seeds: { try ExampleRun.settings }) {
      bytes, folder in
      try write(bytes, to: folder + "/settings.json")
      var document = SettingsDocument(TrainingSettings(.tiny))
      try document.apply(file: folder + "/settings.json")
      try document.settings.validate()
    },
    FuzzTarget("assignment", "one training setting: key=value", form: .text, seeds: { ExampleBytes.assignments }) {
      bytes, _ in
      var document = SettingsDocument(TrainingSettings(.tiny))
      try document.apply(assignment: String(decoding: bytes, as: UTF8.self))
      try document.settings.validate()
    },
    FuzzTarget(
      "training-record", "training.json of a checkpoint", form: .text, seeds: { try [ExampleRun.file("training.json")] }
    ) {
      bytes, folder in
      try ExampleRun.lay(in: folder)
      try write(bytes, to: ExampleRun.checkpoint(folder) + "/training.json")
      try TrainingJob.settings(ofRun: folder).validate()
      try report(folder)
    },
    FuzzTarget("metrics", "metrics.jsonl of a run, and its page", form: .text, seeds: { try ExampleRun.metrics }) {
      bytes, folder in
      try ExampleRun.lay(in: folder)
      try write(bytes, to: folder + "/metrics.jsonl")
      try report(folder)
      _ = try MetricsLog(run: folder, step: 3, interval: 1, measures: .ofSamples)
    },
    FuzzTarget("trainer", "trainer.json of a checkpoint", form: .text, seeds: { try [ExampleRun.file("trainer.json")] })
    {
      bytes, folder in
      try ExampleRun.lay(in: folder)
      try write(bytes, to: ExampleRun.checkpoint(folder) + "/trainer.json")
      let settings = try TrainingJob.settings(ofRun: folder)
      _ = try TrainingState(
        checkpoint: ExampleRun.checkpoint(folder), declarations: WaveNet(settings.architecture).declarations,
        plan: settings.plan.training)
    },
  ]

  private static func report(_ run: String) throws {
    try RunReportJob(run: run).write(to: run + "/report.html", existing: .replace, workers: .serial)
  }
}
