import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaReports
@testable import KodamaTraining

/// The page, the event files and the log of a run whose task knows nothing of sound.
@Suite struct OtherTaskReportTests {
  private static let measures = TaskMeasures(
    loss: Measure("crossEntropy", unit: "nats"), others: [Measure("accuracy")],
    speed: Measure("picturesPerSecond", unit: "pictures per second"))

  private func values(_ loss: Double, _ accuracy: Double) -> [MeasuredValue] {
    zip(Self.measures.all, [loss, accuracy]).map(MeasuredValue.init)
  }

  private func step(_ number: Int) -> StepReport {
    StepReport(
      step: number, epoch: 0.5, seconds: 1, values: values(1 / Double(number), 0.75), learningRate: 0.01,
      gradientNorm: 1, speed: MeasuredValue(Self.measures.speed, 100))
  }

  /// A run of four steps as a trainer leaves it.
  private func write(_ run: String) throws {
    var plan = TrainingPlan()
    plan.averageDecay = 0
    let state = TrainingState(parameters: Parameters([("weight", Tensor([2], [1, 2]))]), plan: plan)
    let folder = try TrainingRun(run, resuming: false)
    _ = try folder.addCheckpoint(step: 4) { path in
      try TestSupport.write("{}".utf8, to: path + "/config.json")
      try state.write(toFolder: path, measures: Self.measures)
    }
    let logs: [any TrainingObserver] = [
      try MetricsLog(run: run, step: 0, interval: 1, measures: Self.measures),
      try TensorBoardLog(run: run, step: 0, interval: 1, workers: .serial),
    ]
    let validation = ValidationReport(step: 4, weights: values(0.5, 0.875), average: values(0.25, 0.9375))
    for event in (1...4).map({ TrainingEvent.step(step($0)) }) + [.validation(validation)] {
      for log in logs { try log.trainingDid(event) }
    }
  }

  @Test func everyMeasureHasItsCurve() throws {
    try withTemporaryFolder { folder in
      try write(folder + "/run")
      let job = try RunReportJob(run: folder + "/run")
      #expect(
        job.report.charts.map(\.title) == [
          "Training loss", "Validation loss", "Training accuracy", "Validation accuracy", "Learning rate",
          "Norm of gradients, before clipping", "Speed",
        ])
      #expect(job.report.charts.map(\.unit) == ["nats", "nats", "", "", "", "", "pictures per second"])
      let facts = Dictionary(uniqueKeysWithValues: job.report.facts.map { ($0.name, $0.value) })
      #expect(facts["Loss of the last batch"] == "0.250 nats" && facts["Latest accuracy"] == "0.938")
      #expect(facts["Best validation"] == "0.250 at step 4" && job.report.settings.isEmpty)
      try job.write(to: folder + "/page.html")
    }
  }

  @Test func everyMeasureHasItsTag() throws {
    try withTemporaryFolder { folder in
      try write(folder + "/run")
      let events = try TensorBoardEvents.read(folder + "/run").flatMap { $0 }
      let tags = events.flatMap { event in event.summary.value.map { value in value.tag } }
      #expect(
        Set(tags) == [
          "loss/train", "accuracy/train", "learning-rate", "gradient-norm", "pictures-per-second", "loss/validation",
          "loss/validation-average", "accuracy/validation", "accuracy/validation-average",
        ])
    }
  }

  @Test(arguments: ["kind", "step", "Accuracy", "a b", "", "1st", "größe"]) func aNameThatNoLogCanHaveIsNone(
    name: String
  ) {
    #expect(!Measure.isName(name))
  }

  @Test(arguments: [
    (#""name" : "accuracy""#, #""name" : "step""#, "step"),
    (#""name" : "accuracy""#, #""name" : "crossEntropy""#, "two measures"),
    (#""loss" : {"#, #""lost" : {"#, "lost"),
  ])
  func measuresThatMakeNoSenseAreNamed(before: String, after: String, word: String) throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try write(run)
      let path = run + "/checkpoints/step-4/trainer.json"
      let text = String(decoding: try bytes(path), as: UTF8.self)
      let changed = text.replacingOccurrences(of: before, with: after)
        .replacingOccurrences(
          of: before.replacingOccurrences(of: " :", with: ":"), with: after.replacingOccurrences(of: " :", with: ":"))
      #expect(changed != text)
      try TestSupport.write(changed.utf8, to: path)
      let error = #expect(throws: (any Error).self) { try TrainingHistory(run: run) }
      let fault = try #require(error as? any Fault)
      #expect(fault.exitStatus == .badData && "\(fault)".contains(word))
    }
  }
}
