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
      let log = try MetricsLog(run: run, step: 0, interval: 1)
      for event in events { try log.trainingDid(event) }
      return try TrainingHistory(run: run)
    }
  }

  @Test func whatWasLoggedIsRead() throws {
    let history = try history(of: [
      .step(report(1)), .validation(step: 1, raw: 4.5, average: 4.25), .step(report(2)),
      .validation(step: 2, raw: .nan, average: nil),
    ])
    #expect(history.steps == [report(1), report(2)] && history.abandoned.isEmpty && history.rollbacks.isEmpty)
    #expect(
      history.validations == [
        .init(step: 1, bitsPerSample: 4.5, averageBitsPerSample: 4.25),
        .init(step: 2, bitsPerSample: nil, averageBitsPerSample: nil),
      ])
  }

  @Test func stepsThatWereGivenUpDoNotCount() throws {
    let history = try history(
      of: (1...4).map { .step(report($0)) } + [
        .validation(step: 2, raw: 4, average: nil), .validation(step: 4, raw: 5, average: nil),
        .rollback(from: 5, to: 2, rateFactor: 0.5), .step(report(3)), .step(report(4)),
      ])
    #expect(history.steps.map(\.step) == [1, 2, 3, 4] && history.abandoned.map(\.step) == [3, 4])
    #expect(history.validations.map(\.step) == [2] && history.rollbacks == [.init(from: 5, to: 2)])
  }

  @Test func aTornLastLineIsLeftOutAndTheFileIsNotTouched() throws {
    try withTemporaryFolder { run in
      let log = try MetricsLog(run: run, step: 0, interval: 1)
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

  @Test(arguments: ["{", #"{"kind":"step","step":1}"#, #"{"kind":"song","step":1}"#, #"{"kind":"rollback","step":1}"#])
  func anyOtherLineThatIsNoneIsNamed(line: String) throws {
    try withTemporaryFolder { run in
      let path = run + "/metrics.jsonl"
      let text = #"{"kind":"validation","step":1}"# + "\n\(line)\n"
      try write(text.utf8, to: path)
      #expect(throws: TrainingFault.badLog(path: path, line: 2)) { try TrainingHistory(run: run) }
    }
  }

  @Test func aLogThatIsMissingIsNamed() throws {
    #expect { try TrainingHistory(run: "/no/such/run") } throws: {
      ($0 as? FileFault)?.exitStatus == .noInput && "\($0)".contains("/no/such/run/metrics.jsonl")
    }
  }
}
