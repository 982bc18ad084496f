import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaTraining

@Suite struct TrainingHistoryTests {
  private func report(_ step: Int) -> StepReport {
    StepReport(
      step: step, epoch: 0.5, seconds: 1.5, bitsPerSample: 4.25, learningRate: 0.001, gradientNorm: 0.75,
      samplesPerSecond: 1000)
  }

  private func history(of events: [TrainingEvent]) throws -> TrainingHistory {
    try withTemporaryFolder { run in
      let log = try MetricsLog(run: run, step: 0, interval: 1, measures: .ofSamples)
      for event in events { try log.trainingDid(event) }
      return try TrainingHistory(run: run)
    }
  }

  @Test func whatWasLoggedIsRead() throws {
    let history = try history(of: [
      .step(report(1)), .validation(ValidationReport(step: 1, raw: 4.5, average: 4.25)), .step(report(2)),
      .validation(ValidationReport(step: 2, raw: .nan, average: nil)),
    ])
    #expect(history.steps == [report(1), report(2)] && history.abandoned.isEmpty && history.rollbacks.isEmpty)
    #expect(
      history.validations == [
        .init(step: 1, raw: 4.5, average: 4.25), .init(step: 2, raw: nil),
      ])
  }

  @Test func stepsThatWereGivenUpDoNotCount() throws {
    let history = try history(
      of: (1...4).map { .step(report($0)) } + [
        .validation(ValidationReport(step: 2, raw: 4, average: nil)),
        .validation(ValidationReport(step: 4, raw: 5, average: nil)),
        .rollback(from: 5, to: 2, rateFactor: 0.5), .step(report(3)), .step(report(4)),
      ])
    #expect(history.steps.map(\.step) == [1, 2, 3, 4] && history.abandoned.map(\.step) == [3, 4])
    #expect(history.validations.map(\.step) == [2] && history.rollbacks == [.init(from: 5, to: 2)])
  }

  @Test func aTornLastLineIsLeftOutAndTheFileIsNotTouched() throws {
    try withTemporaryFolder { run in
      let log = try MetricsLog(run: run, step: 0, interval: 1, measures: .ofSamples)
      for step in 1...2 { try log.trainingDid(.step(report(step))) }
      let path = TrainingHistory.path(run: run + "/")
      let whole = try bytes(path)
      let firstLine = whole.prefix { $0 != 0x0A }.count + 1
      for length in firstLine..<whole.count {
        try write(whole.prefix(length), to: path)
        #expect(try TrainingHistory(run: run).steps.map(\.step) == [1], "cut to \(length) bytes")
        #expect(try bytes(path).count == length)
      }
    }
  }

  @Test(arguments: [
    ("{", "it is no step, validation, sample or rollback"),
    (#"{"kind":"step","step":1}"#, "the key bitsPerSample is missing"),
    (#"{"kind":"song","step":1}"#, "it is no step, validation, sample or rollback"),
    (#"{"kind":"rollback","step":1}"#, "the key toStep is missing"),
    (#"{"kind":"rollback","step":1,"toStep":1}"#, "toStep is 1, which is not before step 1"),
    (#"{"kind":"rollback","step":1,"toStep":-1}"#, "toStep is -1, which no run has"),
    (#"{"kind":"validation","step":-9223372036854775808}"#, "step is -9223372036854775808, which no run has"),
    (#"{"kind":"validation","step":281474976710657}"#, "step is 281474976710657, which no run has"),
  ])
  func anyOtherLineThatIsNoneIsNamed(line: String, problem: String) throws {
    try withTemporaryFolder { run in
      let path = run + "/metrics.jsonl"
      let text = #"{"kind":"validation","step":1}"# + "\n\(line)\n"
      try write(text.utf8, to: path)
      #expect(throws: TrainingFault.badLog(path: path, line: 2, problem: problem)) { try TrainingHistory(run: run) }
    }
  }

  @Test(arguments: ["epoch", "seconds", "learningRate", "gradientNorm", "samplesPerSecond"])
  func aMeasureBelowZeroIsNamed(key: String) throws {
    try withTemporaryFolder { run in
      let log = try MetricsLog(run: run, step: 0, interval: 1, measures: .ofSamples)
      try log.trainingDid(.step(report(1)))
      let path = run + "/metrics.jsonl"
      var line = try #require(JSONSerialization.jsonObject(with: Data(bytes(path))) as? [String: Any])
      line[key] = -1e20
      try write(JSONSerialization.data(withJSONObject: line) + [0x0A], to: path)
      #expect(throws: TrainingFault.badLog(path: path, line: 1, problem: "\(key) is -1e+20, which is less than 0")) {
        try TrainingHistory(run: run)
      }
      // Who goes on with the run loses the line alone.
      _ = try MetricsLog(run: run, step: 1, interval: 1, measures: .ofSamples)
      #expect(try bytes(path).isEmpty)
    }
  }

  @Test func aLogThatIsMissingIsNamed() throws {
    #expect { try TrainingHistory(run: "/no/such/run") } throws: {
      ($0 as? FileFault)?.exitStatus == .noInput && "\($0)".contains("/no/such/run/metrics.jsonl")
    }
  }
}
