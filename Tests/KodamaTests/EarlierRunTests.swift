import Foundation
import Kodama
import TestSupport
import Testing

/// A run of version 0.1, from before training knew tasks and measures: `EarlierRun` holds its corpus, its folder after 20
/// steps, and the weights that it came to after 30.
@Suite struct EarlierRunTests {
  /// Lays out the run and its corpus.
  private func withEarlierRun(_ body: (_ run: String, _ corpus: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let stored = try #require(Bundle.module.resourcePath) + "/EarlierRun"
      for name in ["run", "corpus"] {
        try FileManager.default.copyItem(atPath: stored + "/" + name, toPath: folder + "/" + name)
      }
      try body(folder + "/run", folder + "/corpus")
    }
  }

  private var laterWeights: String {
    get throws { try #require(Bundle.module.resourcePath) + "/EarlierRun/step-30.safetensors" }
  }

  @Test func itIsReadAndLoaded() throws {
    try withEarlierRun { run, _ in
      let history = try TrainingHistory(run: run)
      #expect(history.measures == .ofSamples && history.steps.map(\.step) == [1, 5, 10, 15, 20])
      #expect(history.steps.last?.loss.value == 7.910147342074107)
      #expect(history.validations.map(\.step) == [10, 20])
      let page = try RunReportJob(run: run)
      #expect(page.report.samples.map(\.name) == ["Step 10, ben", "Step 20, anna"])
      #expect(try page.write(to: run + "/report.html") == run + "/report.html")

      let model = try WaveNetModel.load(run)
      #expect(model.sampleRate == 8000 && model.configuration.conditioning.labels.map(\.name) == ["label"])
      try GenerationJob(model: model, seed: 1, samples: 50, conditions: [Conditions(labels: [1])])
        .write(to: [run + "/out.wav"])
    }
  }

  /// Its record and its configuration are written as they were.
  @Test func itsRecordsHaveTheFormOfToday() throws {
    try withEarlierRun { run, _ in
      let checkpoint = run + "/checkpoints/step-20"
      try withTemporaryFolder { folder in
        try RunRecord(checkpoint: checkpoint).write(toFolder: folder)
        for name in ["training.json", "config.json"] {
          #expect(try bytes(folder + "/" + name) == bytes(checkpoint + "/" + name), "\(name)")
        }
      }
    }
  }

  /// It goes on where it stood: to the weights that it came to then, as far as another processor rounds alike.
  @Test func itResumes() throws {
    try withEarlierRun { run, corpus in
      let settings = try TrainingJob.settings(ofRun: run)
      #expect(settings.plan.cropSamples == 200 && settings.plan.batchSize == 2 && settings.plan.groups == nil)
      let job = try TrainingJob(corpus: corpus, run: run, settings: settings, resuming: true, workers: .serial)
      #expect(job.firstStep == 20)
      try job.train(until: .steps(30))
      let declarations = job.network.declarations
      let expected = try SafetensorsReader(laterWeights).parameters(declarations)
      let found = try SafetensorsReader(run + "/checkpoints/step-30/model.safetensors").parameters(declarations)
      for name in expected.names { expectClose(found[name], expected[name], tolerance: 1e-5, name) }
      let text = String(decoding: try bytes(run + "/checkpoints/step-30/trainer.json"), as: UTF8.self)
      #expect(text.contains("\"examples_drawn\" : 60") || text.contains("\"examples_drawn\": 60"))
    }
  }
}
