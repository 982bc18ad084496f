import Foundation
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaReports

/// Event files as TensorBoard's own reader has them. It stops without a word where a file is damaged: counts matter.
@Suite(.enabled(if: TensorBoardReading.python != nil, "no Python with tensorboard; name one with KODAMA_PYTHON"))
struct TensorBoardTests {
  /// The end of a process that nobody saw coming.
  private struct Crash: Error {}

  /// Hears everything, and crashes after a step.
  private final class Listener: TrainingObserver {
    private let lastStep: Int
    private(set) var reports: [StepReport] = []
    private(set) var validations: [(step: Int, raw: Double, average: Double)] = []

    init(crashingAfter lastStep: Int = .max) { self.lastStep = lastStep }

    func trainingDid(_ event: TrainingEvent) throws {
      switch event {
      case .step(let report):
        reports.append(report)
        if report.step == lastStep { throw Crash() }
      case .validation(let report):
        validations.append((report.step, report.weights[0].value, try #require(report.average.first).value))
      case .checkpoint, .best, .working, .sample, .rollback, .left: break
      }
    }
  }

  private func job(
    _ folder: String, resuming: Bool = false, _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> TrainingJob {
    var settings = Sounds.settings
    (settings.validationInterval, settings.sampleInterval, settings.checkpointInterval) = (2, 3, 4)
    settings.sampleSeconds = 0.05
    change(&settings)
    return try TrainingJob(
      corpus: folder + "/corpus", run: folder + "/run", settings: settings, resuming: resuming, allowChanges: resuming,
      workers: .serial)
  }

  /// As event files hold it.
  private func single(_ values: [Double]) -> [Double] { values.map { Double(Float($0)) } }

  @Test func aRunIsReadAsItWas() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let (begin, listener) = (Date().timeIntervalSince1970, Listener())
      try job(folder).train(until: .steps(7), observers: [listener])
      let read = try TensorBoardReading(folder + "/run")

      #expect(
        read.scalars.keys.sorted() == [
          "gradient-norm", "learning-rate", "loss/train", "loss/validation", "loss/validation-average",
          "samples-per-second", "spectral-flatness/recordings", "spectral-flatness/sample", "voiced-share/recordings",
          "voiced-share/sample",
        ])
      #expect(read.steps("voiced-share/sample") == read.steps("voiced-share/recordings"))
      let reports = listener.reports
      for (tag, value) in [
        ("loss/train", \StepReport.loss.value), ("learning-rate", \.learningRate),
        ("gradient-norm", \.gradientNorm), ("samples-per-second", \.speed.value),
      ] {
        #expect(read.steps(tag) == Array(1...7), "\(tag)")
        #expect(read.values(tag) == single(reports.map { $0[keyPath: value] }), "\(tag)")
      }
      #expect(read.steps("loss/validation") == [2, 4, 6, 7])
      #expect(read.steps("loss/validation-average") == [2, 4, 6, 7])
      #expect(read.values("loss/validation") == single(listener.validations.map(\.raw)))
      #expect(read.values("loss/validation-average") == single(listener.validations.map(\.average)))
      let times = try #require(read.scalars["loss/train"]).map(\.time)
      #expect(times == times.sorted() && times[0] >= begin && times[6] <= Date().timeIntervalSince1970)

      #expect(Array(read.audio.keys) == ["sample/audio"] && Array(read.images.keys) == ["sample/spectrogram"])
      let (sounds, pictures) = (try #require(read.audio["sample/audio"]), try #require(read.images.values.first))
      #expect(sounds.map(\.step) == [3, 6, 7] && pictures.map(\.step) == [3, 6, 7])
      for sound in sounds {
        #expect(try [UInt8](sound.bytes) == bytes(folder + "/run/samples/step-\(sound.step).wav"))
        #expect(sound.contentType == "audio/wav" && sound.said == [8000, 400] && sound.decoded == [8000, 1, 400])
      }
      for picture in pictures { #expect(picture.said == [960, 540] && picture.decoded == [960, 540]) }
      #expect(Set(pictures.map(\.bytes)).count == 3)
    }
  }

  @Test func stepsThatAreTakenAgainAreDropped() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let (first, second) = (Listener(crashingAfter: 6), Listener())
      #expect(throws: Crash.self) { try job(folder).train(until: .steps(9), observers: [first]) }
      // A process that is ended saves nothing at its end.
      try FileManager.default.removeItem(atPath: folder + "/run/checkpoints/step-6")
      let resumed = try job(folder, resuming: true) { $0.plan.learningRate = 0.004 }
      #expect(resumed.firstStep == 4)
      try resumed.train(until: .steps(9), observers: [second])

      let files = try TensorBoardEvents.read(folder + "/run")
      #expect(files.count == 2)
      let written = files.map { $0.filter { $0.summary.value.first?.tag == "loss/train" }.map { Int($0.step) } }
      #expect(written == [Array(1...6), Array(5...9)])

      let read = try TensorBoardReading(folder + "/run")
      let kept = first.reports.prefix(4) + second.reports
      #expect(read.steps("loss/train") == Array(1...9))
      #expect(read.values("loss/train") == single(kept.map(\.loss.value)))
      #expect(read.values("learning-rate") == single(kept.map(\.learningRate)))
      #expect(Set(read.values("learning-rate")).count == 2)
      // What was found at the step of the checkpoint is not found again, and stays.
      #expect(read.steps("loss/validation") == [2, 4, 6, 8, 9])
      #expect(read.audio["sample/audio"]?.map(\.step) == [3, 6, 9])
      #expect(read.images["sample/spectrogram"]?.map(\.step) == [3, 6, 9])
    }
  }

  /// What the page HParams of TensorBoard gets of two runs in a folder.
  @Test func runsAreToldApartByTheirSettings() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      func train(_ name: String, _ change: (inout TrainingSettings) -> Void) throws {
        var settings = Sounds.settings
        change(&settings)
        try TrainingJob(corpus: folder + "/corpus", run: folder + "/runs/" + name, settings: settings, workers: .serial)
          .train(until: .steps(2))
      }
      try train("slow") { $0.plan.learningRate = 0.0005 }
      try train("fast") {
        $0.plan.learningRate = 0.004
        $0.plan.batchSize = 3
      }
      let read = try TensorBoardSessions(folder + "/runs")
      #expect(read.sessions.keys.sorted() == ["fast", "slow"])
      #expect(read.sessions.values.allSatisfy { $0.status == "STATUS_SUCCESS" })
      #expect(read.differing == ["plan.batch_size", "plan.learning_rate"])
      #expect(read.metrics.contains("loss/validation") && read.metrics.contains("loss/train"))
      let slow = try #require(read.sessions["slow"]).hyperparameters
      #expect(slow["plan.learning_rate"] == .number(0.0005) && slow["plan.batch_size"] == .number(2))
      #expect(slow["plan.optimizer"] == .text("adam") && slow["architecture.dilations"] == .text("[1,2,4]"))
      #expect(read.sessions["fast"]?.hyperparameters["plan.learning_rate"] == .number(0.004))
    }
  }

  @Test func aRunThatCrashedOrWasInterruptedHasNoEnd() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      #expect(throws: Crash.self) { try job(folder).train(until: .steps(9), observers: [Listener(crashingAfter: 2)]) }
      let ends = ["STATUS_SUCCESS", "STATUS_FAILURE"]
      func status() throws -> String { try #require(TensorBoardSessions(folder).sessions["run"]).status }
      #expect(try !ends.contains(status()))
      try job(folder, resuming: true).train(until: .steps(9)) { true }
      #expect(try !ends.contains(status()))
      #expect(try TensorBoardSessions(folder).sessions["run"]?.hyperparameters["log_interval"] == .number(1))
      try job(folder, resuming: true).train(until: .steps(4))
      #expect(try status() == "STATUS_SUCCESS")
    }
  }

  @Test func stepsBeforeARollbackAreDropped() throws {
    try withTemporaryFolder { folder in
      let log = try TensorBoardLog(
        run: folder, step: 0, interval: 1, workers: .serial, origin: TensorBoardEvents.origin)
      for step in 1...6 { try log.trainingDid(TensorBoardEvents.report(step, rate: 1)) }
      try log.trainingDid(.rollback(from: 7, to: 4, rateFactor: 0.5))
      for step in 5...8 { try log.trainingDid(TensorBoardEvents.report(step, rate: 0.5)) }
      try log.trainingDid(.rollback(from: 9, to: 7, rateFactor: 0.25))
      for step in 8...9 { try log.trainingDid(TensorBoardEvents.report(step, rate: 0.25)) }
      let read = try TensorBoardReading(folder)
      #expect(read.steps("learning-rate") == Array(1...9))
      #expect(read.values("learning-rate") == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25])
    }
  }

  /// A crash tears the last record; what comes after it is in another file.
  @Test func aTornFileDoesNotHideTheNext() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try job(folder).train(until: .steps(3))
      let path = try folder + "/run/" + #require(TensorBoardEvents.files(folder + "/run").first)
      // The end of the session, which a crash would not have written, and a part of the record before it.
      let records = EventRecords(try bytes(path)).payloads.map { EventRecord.bytes($0) }
      let torn = Array(records.dropLast().joined().dropLast(3))
      try write(torn, to: path)
      try job(folder, resuming: true).train(until: .steps(6))
      #expect(try bytes(path) == torn)
      let read = try TensorBoardReading(folder + "/run")
      #expect(read.steps("loss/train") == Array(1...6))
      // The torn one was the validation after step 3.
      #expect(read.steps("loss/validation") == [2, 4, 6])
      #expect(read.audio["sample/audio"]?.map(\.step) == [3, 6])
    }
  }
}
